"""Tickets: what the seed of a search leads to, by the formulas of docs/spec/index.md and the hashes of Python."""

import hashlib
import hmac

from vectors import Findings, read


def tagged(tag: str, *parts: bytes) -> bytes:
    return hashlib.sha256(bytes([len(tag)]) + tag.encode() + b"".join(parts)).digest()


if __name__ == "__main__":
    findings = Findings()
    for vector in read("ticket"):
        case, expected = vector.input, vector.accepted
        seed, origin = bytes.fromhex(case["seed"]), case["origin"].encode()
        named = len(origin).to_bytes(2, "big") + origin
        text = f"urn:oid:{case['patient']['system']}|{case['patient']['value']}"
        ticket = tagged(
            "budstikke/ticket/v1", seed, hashlib.sha256(text.encode()).digest(), bytes.fromhex(case["record"])
        )
        blinding = hmac.new(seed, b"budstikke/blind/v1" + named, hashlib.sha512).hexdigest()
        findings.compare(f"{vector.name}, input", text, expected["input"])
        findings.compare(f"{vector.name}, ticket", ticket.hex(), expected["ticket"])
        findings.compare(f"{vector.name}, blinding", blinding, expected["blinding"])
        findings.compare(f"{vector.name}, tag", tagged("budstikke/tag/v1", seed, named).hex(), expected["tag"])
    for vector in read("access-anchor"):
        if vector.accepted is not None:
            text = hashlib.sha256(vector.input["checkpoint"].encode()).digest()
            findings.compare(vector.name, "01" + tagged("budstikke/access/v1", text).hex(), vector.accepted["entry"])
    findings.end()
