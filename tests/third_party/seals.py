"""Sealed chunks: OpenSSL's ChaCha20-Poly1305 seals to the same bytes, and opens what we open and nothing else."""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vectors import Findings, by_rule, read


def cipher(place: dict) -> tuple[ChaCha20Poly1305, bytes, bytes]:
    nonce = bytes(3) + place["index"].to_bytes(8, "big") + bytes([place["is_last"]])
    return ChaCha20Poly1305(bytes.fromhex(place["key"])), nonce, bytes.fromhex(place["associated_data"])


def opened(place: dict, sealed: bytes) -> dict | None:
    aead, nonce, associated_data = cipher(place)
    try:
        return {"plaintext": aead.decrypt(nonce, sealed, associated_data).hex()}
    except InvalidTag:
        return None


if __name__ == "__main__":
    findings = Findings()
    for vector in read("seal"):
        if vector.accepted:
            aead, nonce, associated_data = cipher(vector.input["place"])
            sealed = aead.encrypt(nonce, by_rule(vector.input["plaintext"]), associated_data)
            found = {"bytes": len(sealed), "sha256": hashlib.sha256(sealed).hexdigest(), "tag": sealed[-16:].hex()}
            findings.compare(vector.name, found, vector.accepted)
    for vector in read("unseal"):
        found = opened(vector.input["place"], bytes.fromhex(vector.input["sealed"]))
        findings.compare(vector.name, found, vector.accepted)
    findings.end()
