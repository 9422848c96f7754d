#!/usr/bin/env python3
"""Verifies evidence of a referral offline, written from docs/spec alone: verify_referral.py FILE FINGERPRINT.

Exit code 0: good; 1: a check failed; 2: a mistake of the caller.
"""

import argparse
import os
import sys
import tarfile

import receipts
from referral_model import RECEIVER, REFERRER, Event, Fault, merge
from rosters import (DIGEST, STATEMENT_BYTES_MAX, UUID, Refused, accepted_all, compact, matches, need, number, object_of,
                     organisation, structure, time, verifies)

FILE_BYTES_MAX, CHAIN_MAX = 536_870_912, 5_000
DESCRIPTOR = structure({"format": matches("budstikke-referral-evidence"), "version": number(1, 1), "created": time,
                        "federation": DIGEST, "referrer": organisation, "referral": UUID, "referrer_events": number(0, CHAIN_MAX),
                        "receiver_events": number(0, CHAIN_MAX)}, closed=True)


def read_members(file):
    """Every member, as its name and its bytes."""
    length = file.seek(0, os.SEEK_END)
    need(length <= FILE_BYTES_MAX, "damaged", "%d bytes" % length)
    need(length % 512 == 0 and length >= 1024, "truncated", "%d bytes" % length)
    file.seek(length - 1024)
    need(not any(file.read(1024)), "truncated", "the end is missing")
    file.seek(0)
    while file.tell() + 1024 < length:
        block = file.read(512)
        need(any(block), "damaged", "something stands behind the end")
        try:
            entry = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise Refused("damaged", "a header: %s" % error) from None
        need(entry.type == tarfile.REGTYPE and block[257:265] == b"ustar\x0000", "damaged", "not ustar")
        need(file.tell() + entry.size + -entry.size % 512 + 1024 <= length, "truncated", "%s is cut off" % entry.name)
        yield entry.name, file.read(entry.size)
        file.seek(-entry.size % 512, os.SEEK_CUR)


class Evidence:
    """The members of the file; each event is a pair of its bytes and its receipt, or None."""

    def __init__(self, file):
        members = list(read_members(file))
        need([name for name, _ in members[:2]] == ["evidence.json", "roster.json"], "damaged", "the first members are others")
        try:
            self.descriptor = object_of(members[0][1])
            DESCRIPTOR(self.descriptor)
        except Refused as error:
            raise Refused("damaged", str(error)) from None
        self.roster, rest = members[1][1], members[2:]
        self.chains = {}
        for side in (REFERRER, RECEIVER):
            chain = self.chains[side] = []
            for n in range(1, self.descriptor[side + "_events"] + 1):
                need(rest, "truncated", "%s-%d.jws is missing" % (side, n))
                name, event = rest.pop(0)
                need(name == "%s-%d.jws" % (side, n) and len(event) <= STATEMENT_BYTES_MAX, "damaged", name)
                is_proven = bool(rest) and rest[0][0] == "%s-%d.tlog-proof" % (side, n)
                chain.append((event, rest.pop(0)[1] if is_proven else None))
        need(not rest, "damaged", "more than the descriptor says")


def event_checks(event, receipt, rosters):
    """The checks of one event; each gives its name and what was found, or raises what failed."""
    try:
        payload, kid, signing_input, signature = compact(event, "budstikke-referral-event-v1", lambda value: value["author"])
    except (Refused, KeyError) as error:
        raise Refused("event-refused", str(error)) from None
    owner, key, standing = rosters[-1].owner(kid)
    need(owner, "unknown-key", kid)
    need(owner["organisation"] == payload["author"], "signer-not-custodian", owner["organisation"])
    need(verifies(key, signing_input, signature), "signature-changed", "does not verify")
    witnessed = None
    if receipt is not None:
        try:
            *place, witnessed = receipts.shown(receipt, event, payload["author"], rosters)
        except Refused as error:
            raise Refused("receipt-invalid", str(error)) from None
        yield "receipt", "entry %d of %d of %s" % tuple(place)
    if standing not in ("current", "retired"):
        for failure, end in receipts.ends(key, owner["organisation"], standing, rosters):
            need(witnessed is not None and witnessed < receipts.seconds(end), failure, end)
    yield "key", "%s signing key of %s" % (standing, owner["organisation"])
    if witnessed is not None:
        is_possible = receipts.seconds(payload["time"]) <= witnessed + receipts.CREATED_AHEAD_MAX
        need(is_possible, "time-contradiction", payload["time"])
        yield "time", "witnessed by %s" % receipts.text_of(witnessed)


def checks(path, fingerprint, patient):
    with open(path, "rb") as file:
        evidence = Evidence(file)
    rosters = accepted_all(fingerprint, evidence.roster)
    yield "federation", "roster version %(version)d" % rosters[-1].payload
    for side, chain in evidence.chains.items():
        for n, (event, receipt) in enumerate(chain, 1):
            for check, found in event_checks(event, receipt, rosters):
                yield "%s %d %s" % (side, n, check), found
    try:
        referral, order = merge(*([Event(event.decode()) for event, _ in chain] for chain in evidence.chains.values()))
    except Fault as fault:
        raise Refused("thread-broken", str(fault)) from None
    yield "thread", "%s, %d events" % (referral.status(), len(order))
    descriptor = evidence.descriptor
    need(descriptor["federation"] == fingerprint, "damaged", "federation")
    for name in ("referrer", "referral"):
        need(descriptor[name] == referral.names[name], "damaged", name)
    if patient is not None:
        found = referral.chains[REFERRER][0].said["patient"]["value"]
        need(found == patient, "wrong-patient", "another")
        yield "expected patient", "as asked"


def main():
    parser = argparse.ArgumentParser(description="Verifies evidence of a referral offline.")
    parser.add_argument("file")
    parser.add_argument("fingerprint")
    parser.add_argument("--patient", help="the identifier of the patient who is expected")
    args = parser.parse_args()
    try:
        for check, found in checks(args.file, args.fingerprint, args.patient):
            print("ok   %-28s %s" % (check, found))
    except Refused as error:
        print("FAIL %s" % ": ".join(map(str, error.args)))
        print("NOT VERIFIED")
        sys.exit(1)
    print("VERIFIED")


if __name__ == "__main__":
    main()
