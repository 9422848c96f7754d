"""The example of docs/spec/evidence.md, put together from the examples of the other pages, and verified."""

import hashlib
import json
import pathlib
import re
import tempfile

import merkle_log as log
from log_examples import PAGES, receipt, statement
from rosters import Refused, Roster
from vectors import Findings
from verify_evidence import checks

CREATED, FINGERPRINT = 1_795_350_600, "ed6e6b22ee78061b6446a8f6683ac13d0c9ddf3cd974f3e58a79ab55cccec04d"


def blocks(page: str, kind: str) -> list[str]:
    """What stands between the fences of a kind."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return [block.removesuffix("\n") for block in re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)]


def rosters() -> bytes:
    """Both versions, the first first, a line each."""
    found = {}
    for block in blocks("statements.md", "text"):
        try:
            roster = Roster(block.encode())
        except (Refused, ValueError, AttributeError):  # of another kind
            continue
        found[roster.version] = block
    return "".join(found[version] + "\n" for version in sorted(found)).encode()


def document() -> bytes:
    text = (PAGES / "document.md").read_text(encoding="utf-8")
    return bytes.fromhex(re.search(r"^bytes +([0-9a-f]+)$", text, re.MULTILINE)[1])


def header(name: str, size: int) -> bytes:
    """A ustar header without owner, group and devices."""
    fields = [(name.encode(), 100), (b"0000600", 8), (b"", 8), (b"", 8), (b"%011o" % size, 12), (b"%011o" % CREATED, 12)]
    before = b"".join(value.ljust(width, b"\0") for value, width in fields)
    after = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + b"%07o\0" % checksum + after


def members() -> list[tuple[str, bytes]]:
    shown = receipt().replace("index", "extra %s\nindex" % log.b64(bytes([0x30]) * 32), 1)
    return [
        ("evidence.json", (blocks("evidence.md", "json")[0] + "\n").encode()),
        ("roster.json", rosters()),
        ("manifest.jws", statement("manifest")),
        ("receipt.tlog-proof", shown.encode()),
        ("document", document()),
    ]


def archive() -> tuple[bytes, list[str]]:
    """The file, and a row for each member of where it stands."""
    data, rows = b"", []
    for name, content in members():
        rows.append("| `%s` | %d | %d | %d |" % (name, len(data), len(data) + 512, len(content)))
        data += header(name, len(content)) + content + bytes(-len(content) % 512)
    return data + bytes(1024), rows


if __name__ == "__main__":
    findings = Findings()
    page = (PAGES / "evidence.md").read_text(encoding="utf-8")
    data, rows = archive()
    for row in rows:
        findings.compare(row, row in page, True)
    digest = hashlib.sha256(data).hexdigest()
    findings.compare("size and digest", "%d bytes and SHA-256\n`%s`" % (len(data), digest) in page, True)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "evidence.tar"
        path.write_bytes(data)
        lines = list(checks(path, FINGERPRINT, [], "13116900216", "974760673"))
    findings.compare("failures", [failure for _, failure, _ in lines if failure], [])
    findings.compare("checks", [check for check, _, _ in lines], [line["check"] for line in json.loads(blocks("evidence.md", "json")[1])])
    findings.compare("receipt", [found for check, _, found in lines if check == "receipt"], [
        line["found"] for line in json.loads(blocks("evidence.md", "json")[1]) if line["check"] == "receipt"])
    findings.end()
