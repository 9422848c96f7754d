#!/usr/bin/env python3
"""Verifies an evidence file offline, written from docs/spec alone: verify_evidence.py FILE FINGERPRINT.

Exit code 0: good; 1: a check failed; 2: a mistake of the caller.
"""

import argparse
import calendar
import hashlib
import os
import sys
import tarfile

from blake3 import blake3

import receipts
from rosters import (DIGEST, DOCUMENT_BYTES_MAX, STATEMENT_BYTES_MAX, UUID, Refused, accepted_all, manifest_of, matches, need,
                     number, object_of, organisation, parts, structure, time, verifies)

MEMBERS_MAX = {"evidence.json": 65_536, "roster.json": 268_435_456, "manifest.jws": STATEMENT_BYTES_MAX,
               "receipt.tlog-proof": 131_072, "document": DOCUMENT_BYTES_MAX}
RECEIPT = "receipt.tlog-proof"
DESCRIPTOR = structure({"format": matches("budstikke-evidence"), "version": number(1, 2), "created": time, "federation": DIGEST,
                        "organisation": organisation, "document": UUID, "signing_input_sha256": DIGEST}, closed=True)
PERSON_NUMBERS = {"2.16.578.1.12.4.1.4.1": "F", "2.16.578.1.12.4.1.4.2": "D", "2.16.578.1.12.4.1.4.3": "H"}
TEST_PERSONS = ("13116900216", "12119000465", "08077000292", "12057900499")


class Evidence:
    """The members of the file; the document is only measured and hashed."""

    def __init__(self, file):
        length = file.seek(0, os.SEEK_END)
        need(length % 512 == 0 and length >= 1024, "truncated", "%d bytes" % length)
        file.seek(length - 1024)
        need(not any(file.read(1024)), "truncated", "the end is missing")
        file.seek(0)
        self.receipt = None
        for name, most in MEMBERS_MAX.items():
            block = file.read(512)
            if name == RECEIPT and block[:100].rstrip(b"\0") != RECEIPT.encode():
                file.seek(-512, os.SEEK_CUR)
                continue
            need(any(block), "truncated", "%s is missing" % name)
            try:
                entry = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
            except (tarfile.HeaderError, ValueError) as error:
                raise Refused("damaged", "the header of %s: %s" % (name, error)) from None
            need(entry.name == name and entry.type == tarfile.REGTYPE, "damaged", "not %s: %r" % (name, entry.name))
            need(block[257:265] == b"ustar\x0000", "damaged", "not ustar")
            need(entry.size <= most, "damaged", "%s has %d bytes" % (name, entry.size))
            padding = -entry.size % 512
            need(file.tell() + entry.size + padding + 1024 <= length, "truncated", "%s is cut off" % name)
            if name == "document":
                self.size, self.sha256, self.blake3 = entry.size, hashlib.sha256(), blake3()
                for at in range(0, entry.size, 1 << 20):
                    part = file.read(min(1 << 20, entry.size - at))
                    self.sha256.update(part)
                    self.blake3.update(part)
            else:
                setattr(self, name.split(".")[0], file.read(entry.size))
            file.seek(padding, os.SEEK_CUR)
        need(file.tell() + 1024 == length, "damaged", "something stands behind the document")
        need(self.size > 0, "damaged", "the document is empty")
        try:
            self.roster.decode("utf-8")
            descriptor = object_of(self.evidence)
            DESCRIPTOR(descriptor)
            need(self.receipt is None or descriptor["version"] > 1, "a receipt in version 1")
        except (UnicodeDecodeError, Refused) as error:
            raise Refused("damaged", str(error)) from None
        self.descriptor = descriptor


def series(digits, environment):
    """F, D or H when the environment allows the person number: conventions.md, "Person numbers"."""
    matches("[0-9]{11}")(digits)
    d = [int(digit) for digit in digits]
    k1 = sum(a * b for a, b in zip((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), d)) % 11
    k2 = sum(a * b for a, b in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), d)) % 11
    need(k1 in (0, 1, 2, 3) and k2 == 0, "check digits")
    if d[0] >= 8:
        need(k1 == 0 and environment == "production", "an FH-nummer")
        return "H"
    day, month, year = (int(digits[at:at + 2]) for at in (0, 2, 4))
    d_number, offset = day > 40, next((offset for offset in (0, 40, 65, 80) if 1 <= month - offset <= 12), None)
    need(offset is not None and day - 40 * d_number >= 1, "no date")
    # 2000 + year: February has 29 days exactly when year is divisible by 4, for 2000 too.
    need(day - 40 * d_number <= calendar.monthrange(2000 + year, month - offset)[1], "no date")
    synthetic = offset > 0 or digits in TEST_PERSONS
    if environment == "production" and offset == 40 and not d_number:
        return "H"
    need(synthetic == (environment == "test"), "not for %s" % environment)
    return "D" if d_number else "F"


def patient_allowed(patient, environment):
    kind = None
    if patient["system"] in PERSON_NUMBERS:
        kind = series(patient["value"], environment)
        need(kind == PERSON_NUMBERS[patient["system"]], "another series")
    need(("assigner" in patient) == (kind == "H"), "assigner")
    return "an identifier of a %s federation" % environment


def why_unreadable(manifest, signing_input_kept):
    if not signing_input_kept(manifest.rpartition(b".")[0]):
        return "manifest-changed"
    try:
        parts(manifest)
    except Refused:
        return "signature-changed"
    return "manifest-refused"


def outcome(check, run, *failures):
    try:
        return check, None, run()
    except Refused as error:
        return (check, *error.args) if len(error.args) == 2 else (check, failures[0], str(error))


def checks(path, fingerprint, newer, patient, expected):
    """Makes the checks in the order of evidence.md; each yields its name, its failure or None, and what was found."""
    try:
        with open(path, "rb") as file:
            evidence = Evidence(file)
    except Refused as error:
        yield ("file", *error.args)
        return
    yield from judged(evidence, fingerprint, newer, patient, expected)


def judged(evidence, fingerprint, newer=(), patient=None, expected=None):
    """The checks of a file that could be read."""
    try:
        rosters = accepted_all(fingerprint, evidence.roster, *newer)
    except Refused as error:
        yield ("federation", *error.args)
        return
    roster = rosters[-1]
    yield "federation", None, "%(federation)s, roster version %(version)d of %(issued)s, expires %(expires)s" % roster.payload

    signing_input_kept = lambda text: hashlib.sha256(text).hexdigest() == evidence.descriptor["signing_input_sha256"]
    try:
        manifest, kid, signing_input, signature = manifest_of(evidence.manifest)
    except Refused as error:
        yield "manifest", why_unreadable(evidence.manifest, signing_input_kept), str(error)
        return
    owner, key, standing = roster.owner(kid)

    def check_key():
        need(owner, "unknown-key", kid)
        need(owner["organisation"] == manifest["organisation"], "signer-not-custodian", owner["organisation"])
        if standing not in ("current", "retired"):
            for failure, time in receipts.ends(key, owner["organisation"], standing, rosters):
                need(witnessed is not None and witnessed < receipts.seconds(time), failure, time)
        return "%s signing key of %s %s, %s" % (standing, owner["organisation"], owner["name"], owner["status"])

    def check_signature():
        need(signing_input_kept(signing_input), "manifest-changed", "the signing input is not that of the descriptor")
        need(owner, "unknown-key", kid)
        need(verifies(key, signing_input, signature), "signature-changed", "does not verify")
        return "Ed25519 by %s, manifest %s" % (kid, hashlib.sha256(evidence.manifest).hexdigest())

    def same(found, wanted, failure):
        need(found == wanted, failure, "found %s, expected %s" % (found, wanted))
        return str(found)

    def check_receipt():
        try:
            return receipts.shown(evidence.receipt, evidence.manifest, manifest["organisation"], rosters)
        except Refused as error:
            raise Refused("receipt-invalid", str(error)) from None

    def check_time():
        claimed = "signed %s as claimed by the signer" % manifest["created"]
        if witnessed is None:
            return claimed
        text = receipts.text_of(witnessed)
        is_possible = receipts.seconds(manifest["created"]) <= witnessed + receipts.CREATED_AHEAD_MAX
        need(is_possible, "time-contradiction", "%s, but witnessed by %s" % (claimed, text))
        return "witnessed by %s; %s" % (text, claimed)

    signature_line, receipt_line, witnessed = outcome("signature", check_signature), None, None
    if evidence.receipt is not None and signature_line[1] is None:
        receipt_line = outcome("receipt", check_receipt)
        if receipt_line[1] is None:
            index, size, name, witnessed = receipt_line[2]
            grade = "promised" if witnessed is None else "witnessed since " + receipts.text_of(witnessed)
            receipt_line = "receipt", None, "entry %d of %d of %s, %s" % (index, size, name, grade)
    yield outcome("key", check_key)
    yield signature_line
    if receipt_line:
        yield receipt_line
    yield outcome("size", lambda: same(evidence.size, manifest["size"], "document-size"))
    for name in ("sha256", "blake3"):
        found = getattr(evidence, name).hexdigest()
        yield outcome(name, lambda: same(found, manifest[name], "document-changed-" + name))
    yield outcome("patient", lambda: patient_allowed(manifest["patient"], roster.payload["environment"]), "patient-identifier")
    if patient is not None:
        yield outcome("expected patient", lambda: need(manifest["patient"]["value"] == patient, "wrong-patient", "another") or "as asked")
    if expected is not None:
        yield outcome("expected organisation", lambda: same(manifest["organisation"], expected, "wrong-organisation"))
    yield outcome("time", check_time)
    for name, right in (("federation", fingerprint), ("organisation", manifest["organisation"]), ("document", manifest["document"])):
        if evidence.descriptor[name] != right:
            yield "file", "damaged", "the descriptor names another %s" % name
            return


def main():
    parser = argparse.ArgumentParser(description="Verifies an evidence file offline.")
    parser.add_argument("file")
    parser.add_argument("fingerprint")
    parser.add_argument("--roster", action="append", default=[], help="a newer roster file")
    parser.add_argument("--patient", help="the identifier of the patient who is expected")
    parser.add_argument("--organisation", help="the organisation that is expected")
    parser.add_argument("--vkeys", action="store_true", help="print the keys of the custodian's log and of its witnesses, by the rosters")
    args = parser.parse_args()
    newer = []
    for path in args.roster:
        with open(path, "rb") as file:
            newer.append(file.read(MEMBERS_MAX["roster.json"]))
    failed = 0
    for check, failure, found in checks(args.file, args.fingerprint, newer, args.patient, args.organisation):
        failed += failure is not None
        print("%-4s %-22s %s%s" % ("FAIL" if failure else "ok", check, failure + ": " if failure else "", found))
    if args.vkeys and not failed:
        with open(args.file, "rb") as file:
            evidence = Evidence(file)
        rosters = accepted_all(args.fingerprint, evidence.roster, *newer)
        print("\n".join(receipts.vkeys(evidence.descriptor["organisation"], rosters[-1])))
    print("NOT VERIFIED" if failed else "VERIFIED")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
