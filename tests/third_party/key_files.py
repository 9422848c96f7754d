"""Key files: another implementation of age opens them, and finds the keys that they are said to hold."""

import base64
import json

import age
import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwcrypto.jwk import JWK

from vectors import Findings, read

#: Refusals that begin after the file has been opened: what stands inside is not what was asked for.
INSIDE = {"wrong-kind", "unknown-version"}


def seed(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=")


def thumbprint(of_seed: str) -> str:
    public = Ed25519PrivateKey.from_private_bytes(seed(of_seed)).public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    return JWK(kty="OKP", crv="Ed25519", x=x).thumbprint()


def contents(plain: bytes) -> dict:
    keys = json.loads(plain)
    storage = keys.pop("storage", None)
    mac = storage and blake3.blake3(b"", key=seed(storage)).hexdigest()
    return {"keys": {name: thumbprint(keys[name]) for name in keys.keys() - {"version", "kind"}}, "storage": mac}


if __name__ == "__main__":
    findings = Findings()
    for vector in read("keyring"):
        try:
            plain = age.open_file(base64.b64decode(vector.input["file"]), vector.input["passphrase"])
        except (InvalidTag, ValueError):
            plain = None
        if vector.accepted:
            findings.compare(vector.name, plain and contents(plain), vector.accepted)
        elif vector.refused == "wrong-passphrase":
            findings.compare(vector.name, plain, None)
        elif vector.refused in INSIDE:
            findings.compare(vector.name, plain is not None, True)
    findings.end()
