#!/usr/bin/env python3
"""Makes henvisning.pdf and hudforandring.png, and checks the numbers in every document of this folder.

For maintainers only; the build never runs it. The same bytes come out every time with
Python 3.11, reportlab==5.1.0 and pillow==13.0.0 (README.md says how to install them).
"""
import math
import random
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import reportlab
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from PIL.PngImagePlugin import PngInfo
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

HERE = Path(__file__).parent
FONTS = Path(reportlab.__file__).parent / "fonts"  # Bitstream Vera: free to embed

# Birth date and individual number; the number is computed. Month + 80: synthetic, as in the Tax Administration's test data.
PATIENTS = {
    "Tålmodig Havørn": ("1948-03-17", 209, ["epikrise.xml", "legemiddelliste.json"]),
    "Kvikk Rødstrupe": ("1987-09-02", 210, ["labsvar.json"]),
    "Lystig Blåskjell": ("1971-06-24", 207, ["henvisning.pdf", "hudepikrise.xml"]),
}
# First eight digits; the ninth is computed. Real numbers begin with 8 or 9, so the invented one does not.
ORGANISATIONS = {"Bodø kommune": "97476067", "Nordlandssykehuset HF": "98397491", "Fjordgløtt legekontor": "31402605"}
INK, ACCENT, PALE, WARNING = colors.HexColor("#1f2933"), colors.HexColor("#1d5c7a"), colors.HexColor("#e8f0f4"), colors.HexColor("#a61b1b")


def check_digit(digits, weights):
    """The mod 11 check digit, or an error where the rule gives none."""
    remainder = -sum(int(d) * w for d, w in zip(digits, weights)) % 11
    if remainder == 10:
        raise ValueError(f"{digits} has no check digit")
    return str(remainder)


def person_number(patient):
    birth, individual, _ = PATIENTS[patient]
    year, month, day = birth.split("-")
    number = f"{day}{int(month) + 80:02}{year[2:]}{individual:03}"
    number += check_digit(number, (3, 7, 6, 1, 8, 9, 4, 5, 2))
    return number + check_digit(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))


def organisation_number(name):
    digits = ORGANISATIONS[name]
    return digits + check_digit(digits, (3, 2, 7, 6, 5, 4, 3, 2))


# --- henvisning.pdf ---------------------------------------------------------------------------------------------------

BODY = ParagraphStyle("body", fontName="Vera", fontSize=9, leading=12.8, textColor=INK)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.5, leading=10.5)
LABEL = ParagraphStyle("label", parent=SMALL, textColor=ACCENT)
HEADING = ParagraphStyle("heading", parent=BODY, fontName="VeraBd", fontSize=10.5, leading=14, textColor=ACCENT, spaceBefore=7, spaceAfter=2)
TITLE = ParagraphStyle("title", parent=BODY, fontName="VeraBd", fontSize=20, leading=25, textColor=ACCENT)
SYNTHETIC = ParagraphStyle("synthetic", parent=BODY, fontName="VeraBd", fontSize=10, alignment=TA_RIGHT, textColor=WARNING)

LETTER = [
    ("Problemstilling", [
        "Endret føflekk på høyre side av ryggen, klinisk mistanke om malignt melanom. Ønskes vurdert med henblikk på diagnostisk "
        "eksisjon i pakkeforløp for føflekkreft."]),
    ("Diagnose", ["S82 Føflekk (ICPC-2), obs. malignt melanom"]),
    ("Aktuelt", [
        "Har hatt føflekken i mange år. Ektefellen har siden juli lagt merke til at den er blitt større og mørkere, særlig i den "
        "ene kanten. De siste ukene lett kløe, ingen sår, ingen blødning. Ikke vekttap, ikke nattesvette, god allmenntilstand.",
        "Flere solforbrenninger med blemmer i barndommen. Arbeider ute som båtbygger, lys hudtype (Fitzpatrick\u00a0II)."]),
    ("Tidligere sykdommer og familie", [
        "Velregulert høyt blodtrykk siden 2020. Operert for lyskebrokk i 2009. Far fikk fjernet et malignt melanom da han var 61 år."]),
    ("Funn", [
        "Høyre skulderbladsregion: asymmetrisk, pigmentert lesjon på 11 × 9 mm med ujevn og delvis uskarp avgrensning. Fargen varierer "
        "fra lys brun til nesten svart, med et blågrått område. Dermatoskopi: atypisk pigmentnettverk og blåhvitt slør.",
        "Ingen satellitter. Ingen forstørrede lymfeknuter i aksiller, på hals eller over kragebein. For øvrig omtrent "
        "30\u00a0føflekker på kroppen, alle upåfallende. Bildet <b>hudforandring.png</b> er delt som eget dokument."]),
]
AFTER_TABLE = [
    ("Informasjon til pasienten", [
        "Pasienten er informert om mistanken og om hva et pakkeforløp innebærer, og ønsker rask utredning. Kan møte på kort varsel, "
        "snakker norsk og trenger ikke tolk."]),
    ("Ubesvarte prøver", ["Ingen."]),
]


MARGIN = 18 * mm - 6  # the frame of a page pads its text by 6 points


def cell(label, text):
    return [Paragraph(label, LABEL), Paragraph(text, BODY)]


def boxed(rows, widths, extra=()):
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOX", (0, 0), (-1, -1), 0.6, ACCENT), ("INNERGRID", (0, 0), (-1, -1), 0.3, colors.HexColor("#b8cbd5")),
        ("TOPPADDING", (0, 0), (-1, -1), 3.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 5), *extra,
    ]
    return Table(rows, colWidths=[w * mm for w in widths], style=TableStyle(style))


def letter_head():
    patient = "Lystig Blåskjell"
    sender, receiver = "Fjordgløtt legekontor", "Nordlandssykehuset HF"
    heading = Table([[Paragraph("Henvisning", TITLE), Paragraph("SYNTETISK DOKUMENT<br/>Pasienten finnes ikke", SYNTHETIC)]], colWidths=[90 * mm, 84 * mm],
                    style=[("LEFTPADDING", (0, 0), (0, 0), 0), ("RIGHTPADDING", (1, 0), (1, 0), 0)])
    people = boxed([
        [cell("Pasient", f"<b>{patient}</b><br/>{person_number(patient)}<br/>Havblikket 12, 8003 Bodø"), cell("Dato", "10.11.2026<br/>Mann, født 24.06.1971")],
        [cell("Henvist til", f"<b>{receiver}</b>, org.nr. {organisation_number(receiver)}<br/>Hudpoliklinikken, Bodø"),
         cell("Henvist fra", f"<b>{sender}</b>, org.nr. {organisation_number(sender)}<br/>Lege Årvåken Tiriltunge, HPR 999000303")],
        [cell("Hastegrad", "<b>Pakkeforløp for kreft</b>"), cell("Formål", "Utredning og behandling")],
    ], (87, 87), [("BACKGROUND", (0, 2), (-1, 2), PALE)])
    return [heading, Spacer(1, 3 * mm), people]


def paragraphs(sections):
    for title, texts in sections:
        yield KeepTogether([Paragraph(title, HEADING), *[Paragraph(t, BODY) for t in texts]])


def medicines():
    def row(*texts):
        return [Paragraph(t, SMALL) for t in texts]
    table = boxed([
        row("<b>Legemiddel</b>", "<b>Dosering</b>", "<b>Grunn til bruk</b>"),
        row("Losartan tablett 50 mg", "1 tablett morgen", "Høyt blodtrykk"),
        row("Paracetamol tablett 500 mg", "2 tabletter ved behov, høyst 4 ganger i døgnet", "Ryggsmerter"),
    ], (58, 72, 44), [("BACKGROUND", (0, 0), (-1, 0), PALE)])
    critical = Paragraph("Kritisk informasjon: ingen kjente allergier. Bruker ikke blodfortynnende legemidler.", BODY)
    return KeepTogether([Paragraph("Legemidler og kritisk informasjon", HEADING), table, Spacer(1, 2 * mm), critical])


def page_frame(canvas, document):
    """What stands on every page: the coloured edge, and a foot that says that the document is synthetic."""
    width, height = A4
    canvas.saveState()
    canvas.setFillColor(ACCENT)
    canvas.rect(0, height - 6 * mm, width, 6 * mm, stroke=0, fill=1)
    canvas.setFont("Vera", 7.5)
    canvas.drawString(18 * mm, 11 * mm, "Fjordgløtt legekontor · Oppdiktbrygga 3, 8003 Bodø")
    canvas.drawRightString(width - 18 * mm, 11 * mm, f"Side {document.page}")
    canvas.setFillColor(WARNING)
    canvas.setFont("VeraBd", 7.5)
    canvas.drawCentredString(width / 2, 11 * mm, "SYNTETISK")
    canvas.restoreState()


def make_pdf(path):
    pdfmetrics.registerFont(TTFont("Vera", str(FONTS / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont("VeraBd", str(FONTS / "VeraBd.ttf")))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd", italic="Vera", boldItalic="VeraBd")
    signature = Paragraph("Med vennlig hilsen<br/><b>Årvåken Tiriltunge</b><br/>Lege, spesialist i allmennmedisin<br/>Fjordgløtt legekontor", BODY)
    document = SimpleDocTemplate(
        str(path), pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=14 * mm, bottomMargin=18 * mm, lang="nb-NO",
        title="Henvisning til hudpoliklinikk (SYNTETISK)", author="Årvåken Tiriltunge", subject="Syntetisk henvisning for Budstikkes demo")
    story = [*letter_head(), *paragraphs(LETTER), medicines(), *paragraphs(AFTER_TABLE), Spacer(1, 4 * mm), KeepTogether([signature])]
    # `invariant` leaves out the time of making and any random file identifier.
    document.build(story, page_frame, page_frame, canvasmaker=lambda *a, **k: Canvas(*a, **{**k, "invariant": 1}))


# --- hudforandring.png ------------------------------------------------------------------------------------------------

SIZE = (800, 600)
CENTRE = (390, 268)
PIXELS_PER_MM = 26


def noise(rng, grain, size=SIZE):
    """Smooth grey noise whose features are about `grain` pixels wide."""
    width, height = size[0] // grain + 3, size[1] // grain + 3
    coarse = Image.frombytes("L", (width, height), rng.randbytes(width * height))
    return coarse.resize((width * grain, height * grain), Image.Resampling.BICUBIC).crop((0, 0, *size))


def between(low, high, mask):
    return Image.composite(Image.new("RGB", mask.size, high), Image.new("RGB", mask.size, low), mask)


def stretched(mask, low, high):
    """Raises the contrast of a mask: `low` and below becomes 0, `high` and above 255."""
    return mask.point([max(0, min(255, round((v - low) * 255 / (high - low)))) for v in range(256)])


def skin(rng):
    picture = between((214, 165, 140), (232, 190, 166), noise(rng, 160))
    blush = stretched(noise(rng, 90), 90, 255).point([v // 4 for v in range(256)])
    picture.paste((209, 140, 121), mask=blush)
    for angle in (24, -38):  # the fine furrows of skin run in two directions
        lines = noise(rng, 7, (1100, 260)).resize((1100, 1100), Image.Resampling.BICUBIC).rotate(angle, Image.Resampling.BICUBIC)
        lines = lines.crop((150, 250, 950, 850))
        picture.paste((190, 138, 114), mask=stretched(lines, 150, 255).point([v // 10 for v in range(256)]))
    return picture


def blot(rng, centre, radii, roughness):
    """A mask of an irregular, soft-edged spot: an ellipse whose radius wanders with the angle."""
    waves = [(n, rng.uniform(-1, 1) * roughness / n, rng.uniform(0, math.tau)) for n in range(2, 12)]
    points = []
    for step in range(360):
        angle = math.tau * step / 360
        factor = 1 + sum(size * math.sin(n * angle + phase) for n, size, phase in waves)
        points.append((2 * (centre[0] + radii[0] * factor * math.cos(angle)), 2 * (centre[1] + radii[1] * factor * math.sin(angle))))
    mask = Image.new("L", (2 * SIZE[0], 2 * SIZE[1]), 0)
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask.resize(SIZE, Image.Resampling.LANCZOS)


def lesion(rng, picture):
    x, y = CENTRE
    outline = blot(rng, CENTRE, (5.5 * PIXELS_PER_MM, 4 * PIXELS_PER_MM), 0.36)
    halo = outline.filter(ImageFilter.GaussianBlur(24)).point([v // 3 for v in range(256)])
    picture.paste((196, 112, 96), mask=halo)
    ragged = ImageChops.add(outline.filter(ImageFilter.GaussianBlur(15)), noise(rng, 17).point([v // 3 for v in range(256)]))
    colour = between((104, 62, 42), (152, 98, 66), stretched(noise(rng, 34), 60, 200))
    colour.paste((34, 24, 24), mask=blot(rng, (x + 62, y - 20), (62, 58), 0.3).filter(ImageFilter.GaussianBlur(16)))
    colour.paste((92, 92, 108), mask=blot(rng, (x - 6, y + 34), (40, 26), 0.3).filter(ImageFilter.GaussianBlur(12)).point([v * 3 // 5 for v in range(256)]))
    network = stretched(noise(rng, 6), 120, 230).point([v // 2 for v in range(256)])
    colour.paste((58, 36, 28), mask=network)
    picture.paste(colour, mask=stretched(ragged, 118, 182))


def small_spots_and_hairs(rng, picture):
    for _ in range(9):
        centre = (rng.uniform(30, 770), rng.uniform(30, 480))
        radius = rng.uniform(3, 7)
        mask = blot(rng, centre, (radius, radius * 0.8), 0.3).filter(ImageFilter.GaussianBlur(2))
        picture.paste((170, 110, 82), mask=mask.point([v * 3 // 5 for v in range(256)]))
    hairs = Image.new("L", (2 * SIZE[0], 2 * SIZE[1]), 0)
    draw = ImageDraw.Draw(hairs)
    for _ in range(14):
        x, y, angle, bend = rng.uniform(0, 1600), rng.uniform(0, 950), rng.uniform(0.2, 1.1), rng.uniform(-0.012, 0.012)
        points = [(x, y)]
        for _ in range(rng.randrange(26, 60)):
            angle += bend
            points.append((points[-1][0] + 4 * math.cos(angle), points[-1][1] + 4 * math.sin(angle)))
        draw.line(points, fill=190, width=3)
    picture.paste((92, 66, 52), mask=hairs.resize(SIZE, Image.Resampling.LANCZOS).point([v * 2 // 3 for v in range(256)]))


def font(size):
    return ImageFont.truetype(str(FONTS / "VeraBd.ttf"), size, layout_engine=ImageFont.Layout.BASIC)


def ruler_and_marks(picture):
    """The paper ruler of a clinical photo, and the mark that nobody can miss or crop away."""
    stamp = Image.new("L", (900, 140), 0)
    ImageDraw.Draw(stamp).text((450, 70), "SYNTETISK", font=font(118), fill=76, anchor="mm")
    stamp = stamp.rotate(20, Image.Resampling.BICUBIC, expand=True)
    picture.paste((255, 255, 255), (400 - stamp.width // 2, 270 - stamp.height // 2), stamp)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 508, 800, 562), fill=(246, 244, 238))
    for millimetre in range(0, 29):
        x, length = 24 + millimetre * PIXELS_PER_MM, 26 if millimetre % 10 == 0 else 18 if millimetre % 5 == 0 else 11
        draw.line((x, 508, x, 508 + length), fill=(20, 20, 20), width=2)
        if millimetre % 10 == 0:
            draw.text((x + 8, 548), f"{millimetre // 10} cm", font=font(15), fill=(20, 20, 20), anchor="ls")
    draw.rectangle((0, 562, 800, 600), fill=(166, 27, 27))
    draw.text((400, 581), "SYNTETISK BILDE – laget av et program, viser ingen pasient", font=font(18), fill=(255, 255, 255), anchor="mm")


def make_png(path):
    rng = random.Random(20261110)
    picture = skin(rng)
    lesion(rng, picture)
    small_spots_and_hairs(rng, picture)
    picture = picture.filter(ImageFilter.GaussianBlur(1))
    ruler_and_marks(picture)
    about = PngInfo()
    about.add_text("Title", "Hudforandring, rygg (SYNTETISK)")
    about.add_text("Description", "SYNTETISK: made by make.py of Budstikke's demo, shows no patient")
    palette = picture.quantize(56, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    palette.save(path, optimize=True, pnginfo=about)


# --- checks -----------------------------------------------------------------------------------------------------------


def check():
    """The hand-written documents carry the numbers computed here, and the XML is well-formed."""
    for name in ("epikrise.xml", "hudepikrise.xml"):
        ElementTree.parse(HERE / name)
    for patient, (birth, _, files) in PATIENTS.items():
        print(f"{patient}, {birth}: {person_number(patient)}")
        for name in files:
            if not name.endswith(".pdf") and person_number(patient) not in (HERE / name).read_text(encoding="utf-8"):
                raise ValueError(f"{name} does not carry the number of {patient}")
    text = "".join((HERE / name).read_text(encoding="utf-8") for name in ("epikrise.xml", "legemiddelliste.json", "labsvar.json"))
    for name in ORGANISATIONS:
        print(f"{name}: {organisation_number(name)}")
        if organisation_number(name) not in text:
            raise ValueError(f"no document names {name}")


if __name__ == "__main__":
    make_pdf(HERE / "henvisning.pdf")
    make_png(HERE / "hudforandring.png")
    check()
