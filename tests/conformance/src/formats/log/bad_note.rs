//! `note`, the cases that are refused: signatures that do not count, and what is no note.

use super::hex;
use super::note::{Input, Notes, Raw, TEXT, by_log, by_stranger, by_witness, of, raw};
use super::sample::{
    COSIGNED, LOG, ORIGIN, WITNESS, WITNESS_NAME, cosignature, key_id, line, signature, vkey,
};
use crate::cast;
use crate::vector::Cases;

/// Signatures that do not count.
#[expect(clippy::too_many_lines, reason = "one row a case")]
pub(super) fn signatures(cases: &mut Cases<Notes>) {
    let id = key_id(ORIGIN, 1, &cast::public(LOG).to_bytes());
    let cosigner = key_id(WITNESS_NAME, 4, &cast::public(WITNESS).to_bytes());
    let other = "A text\nof three lines.\n";
    let (bad, nobody) = ("bad-signature", "no-known-key");
    let dated = |time: u64| cosignature(TEXT, WITNESS_NAME, WITNESS, time);
    let plain = cast::key(WITNESS).sign(TEXT.as_bytes()).to_bytes();
    let undated = line(WITNESS_NAME, cosigner, &[&COSIGNED.to_be_bytes()[..], &plain].concat());
    let redated = {
        let message = format!("cosignature/v1\ntime {}\n{TEXT}", COSIGNED - 1);
        let signed = cast::key(WITNESS).sign(message.as_bytes()).to_bytes();
        line(WITNESS_NAME, cosigner, &[&COSIGNED.to_be_bytes()[..], &signed].concat())
    };
    let small = [&[1][..], &[0; 63]].concat();
    for (name, shows, lines, refusal) in [
        ("nobody", "nobody known has signed", vec![by_stranger()], nobody),
        (
            "renamed-alone",
            "a known key under another name",
            vec![signature(TEXT, "vectors.example/310000035", LOG)],
            nobody,
        ),
        (
            "of-another-text",
            "the signature of another text",
            vec![signature(other, ORIGIN, LOG)],
            bad,
        ),
        (
            "one-good-one-bad",
            "a good line does not make a bad one good",
            vec![by_witness(), signature(other, ORIGIN, LOG)],
            bad,
        ),
        (
            "again-bad",
            "nor does the same signer's own",
            vec![by_log(), signature(other, ORIGIN, LOG)],
            bad,
        ),
        ("signature-short", "a byte is missing", vec![line(ORIGIN, id, &[1; 63])], bad),
        ("signature-long", "a byte too many", vec![line(ORIGIN, id, &[1; 65])], bad),
        ("signature-zero", "nothing but zeros", vec![line(ORIGIN, id, &[0; 64])], bad),
        (
            "signature-r-of-small-order",
            "R is the neutral element",
            vec![line(ORIGIN, id, &small)],
            bad,
        ),
        (
            "cosignature-of-another-text",
            "the cosignature of another text",
            vec![by_log(), cosignature(other, WITNESS_NAME, WITNESS, COSIGNED)],
            bad,
        ),
        ("cosignature-undated", "the time is not signed", vec![by_log(), undated], bad),
        ("cosignature-redated", "another time was signed", vec![by_log(), redated], bad),
        ("cosignature-time-0", "a time of 0 says nothing", vec![by_log(), dated(0)], bad),
        (
            "cosignature-year-10000",
            "a second too late",
            vec![by_log(), dated(253_402_300_800)],
            bad,
        ),
        ("cosignature-time-2-63", "no time at all", vec![by_log(), dated(1 << 63)], bad),
        (
            "cosignature-short",
            "a signature without a time",
            vec![by_log(), line(WITNESS_NAME, cosigner, &plain)],
            bad,
        ),
    ] {
        cases.refused(name, shows, of(&lines), refusal);
    }
    let keys = vec![vkey(WITNESS_NAME, 4, &cast::public("another witness"))];
    let input = Input { keys, ..of(&[by_log(), by_witness()]) };
    cases.refused("another-key", "the reader knows another key by that name", input, nobody);
    cases.refused(
        "no-keys",
        "the reader knows nobody",
        Input { keys: Vec::new(), ..of(&[by_log()]) },
        nobody,
    );
}

/// What is no note.
#[expect(clippy::too_many_lines, reason = "one row a case")]
pub(super) fn forms(cases: &mut Cases<Notes>) {
    let good = format!("{TEXT}\n{}", by_log());
    let of_text = |text: String| raw(Raw::Text(text));
    let encoded = good.rsplit_once(' ').unwrap().1.trim_end().to_owned();
    let (line_refused, form, alphabet) = ("signature-line", "form", "not-text");
    let long = "long ".repeat(13_200) + "\n";
    for (name, shows, input, refusal) in [
        ("empty", "nothing", of_text(String::new()), form),
        ("text-alone", "no empty line", of_text(TEXT.to_owned()), form),
        ("no-lines", "no signature line", of_text(format!("{TEXT}\n")), form),
        (
            "no-empty-line",
            "the empty line is missing",
            of_text(format!("{TEXT}{}", by_log())),
            form,
        ),
        (
            "no-line-feed",
            "the line feed at the end is missing",
            of_text(good.trim_end().to_owned()),
            form,
        ),
        (
            "empty-line-behind",
            "an empty line behind the signatures",
            of_text(format!("{good}\n")),
            form,
        ),
        (
            "text-behind",
            "a line behind that is none",
            of_text(format!("{good}And more.\n")),
            line_refused,
        ),
        ("hyphen", "a hyphen for the dash", of_text(good.replace('\u{2014}', "-")), line_refused),
        (
            "no-space",
            "no space behind the dash",
            of_text(good.replace("\u{2014} ", "\u{2014}")),
            line_refused,
        ),
        (
            "two-spaces",
            "two spaces behind the name",
            of_text(good.replace(&encoded, &format!(" {encoded}"))),
            line_refused,
        ),
        (
            "space-at-the-end",
            "a space behind the signature",
            of_text(good.replace(&encoded, &format!("{encoded} "))),
            line_refused,
        ),
        (
            "name-empty",
            "no name",
            of_text(format!("{TEXT}\n{}", line("", [1; 4], &[0; 64]))),
            line_refused,
        ),
        (
            "name-with-plus",
            "a name with a plus",
            of_text(format!("{TEXT}\n{}", line("a+b", [1; 4], &[0; 64]))),
            line_refused,
        ),
        (
            "name-with-wide-space",
            "a name with a space of Unicode",
            of_text(format!("{TEXT}\n{}", line("a\u{2003}b", [1; 4], &[0; 64]))),
            line_refused,
        ),
        (
            "no-signature",
            "a key id and nothing else",
            of_text(format!("{TEXT}\n{}", line(ORIGIN, [1; 4], &[]))),
            line_refused,
        ),
        (
            "no-padding",
            "base64 has padding",
            of_text(format!("{TEXT}\n{}", by_log().replace('=', ""))),
            line_refused,
        ),
        (
            "padding-within",
            "two padded texts are not one",
            of_text(format!("{TEXT}\n\u{2014} {ORIGIN} {0}AAA={0}AAAA\n", "AAAA".repeat(11))),
            line_refused,
        ),
        (
            "stray-bits",
            "the bits behind the last byte are zero",
            of_text(stray_bits(&good)),
            line_refused,
        ),
        (
            "other-alphabet",
            "the alphabet is not that of URLs",
            of_text(format!("{TEXT}\n{}", line("a", [0xff; 4], &[0xff; 64]).replace('/', "_"))),
            line_refused,
        ),
        (
            "carriage-return",
            "lines end with a line feed alone",
            of_text(good.replace("lines.\n", "lines.\r\n")),
            alphabet,
        ),
        (
            "tab",
            "no control character but the line feed",
            of_text(good.replace("A text", "A\ttext")),
            alphabet,
        ),
        (
            "zero",
            "no control character but the line feed",
            of_text(good.replace("A text", "A\0text")),
            alphabet,
        ),
        (
            "not-utf-8",
            "a byte that is no UTF-8",
            raw(Raw::Hex(hex(good
                .replace("A text", "A\u{1}text")
                .into_bytes()
                .iter()
                .map(|byte| if *byte == 1 { 0xff } else { *byte })
                .collect::<Vec<_>>()))),
            alphabet,
        ),
        (
            "33-lines",
            "a line more than there may be",
            of(&(0..33).map(|n| line("a", [9, 9, 9, n], &[0; 64])).collect::<Vec<_>>()),
            "too-many-signatures",
        ),
        (
            "too-large",
            "a note has at most 64 KiB",
            of_text(format!("{long}\n{}", signature(&long, ORIGIN, LOG))),
            "too-large",
        ),
    ] {
        cases.refused(name, shows, input, refusal);
    }
}

/// The last signature with a bit set behind its last byte: 68 bytes leave four of them.
fn stray_bits(good: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (rest, last) = good.strip_suffix("=\n").map(|rest| rest.split_at(rest.len() - 1)).unwrap();
    let place = ALPHABET.find(last).unwrap();
    format!("{rest}{}=\n", &ALPHABET[place + 1..place + 2])
}
