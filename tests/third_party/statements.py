"""Statements: jwcrypto and joserfc find good what we find good, and bad what we find badly signed."""

import base64
import json
import warnings

import joserfc.errors
import joserfc.jwk
import joserfc.jws
import jwcrypto.common
import jwcrypto.jwk
import jwcrypto.jws

from vectors import Findings, Vector, read

ALGORITHMS = ["EdDSA", "Ed25519"]


def jwcrypto_verifies(token: str, key: dict) -> bool:
    jws = jwcrypto.jws.JWS()
    jws.allowed_algs = ALGORITHMS
    try:
        jws.deserialize(token)
        jws.verify(jwcrypto.jwk.JWK(**key))
    except jwcrypto.common.JWException:
        return False
    return True


def joserfc_verifies(token: str, key: dict) -> bool:
    imported = joserfc.jwk.OKPKey.import_key(key)
    try:
        if token.startswith("{"):
            joserfc.jws.deserialize_json(json.loads(token), imported, algorithms=ALGORITHMS)
        else:
            joserfc.jws.deserialize_compact(token, imported, algorithms=ALGORITHMS)
    except joserfc.errors.JoseError:
        return False
    return True


#: Both libraries verify with OpenSSL, which takes an R of small order.
LENIENT = {"jws-compact/signature-r-of-small-order"}

VERIFIERS = {"jwcrypto": jwcrypto_verifies, "joserfc": joserfc_verifies}


def names(protected: str, key: dict) -> bool:
    """Whether the header's kid is the thumbprint of the key; both libraries must say the same thumbprint."""
    thumbprints = {jwcrypto.jwk.JWK(**key).thumbprint(), joserfc.jwk.OKPKey.import_key(key).thumbprint()}
    header = json.loads(base64.urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
    return {header["kid"]} == thumbprints


def should_verify(vector: Vector) -> bool | None:
    """Whether the signature is good; nothing where the form is broken, which other libraries read as they like."""
    if vector.name in LENIENT or vector.accepted is not None or vector.refused.startswith(("payload: ", "refused: ")):
        return True
    return False if vector.refused == "bad-signature" else None


def check_compact(findings: Findings) -> None:
    for vector in read("jws-compact", "manifest", "sharing", "erasure", "question", "blind-question", "referral-event"):
        expected = should_verify(vector)
        token, key = vector.input["compact"], vector.input["key"]
        for library, verifies in VERIFIERS.items():
            if expected is not None:
                found = names(token.split(".")[0], key) and verifies(token, key)
                findings.compare(f"{library}: {vector.name}", found, expected)


def check_json(findings: Findings) -> None:
    """Each signature by itself, in the flattened form, with each key that counts."""
    for vector in read("jws-json", "roster"):
        if vector.accepted is None and vector.name.startswith("jws-json/"):
            continue
        form = json.loads(vector.input["json"])
        for library, verifies in VERIFIERS.items():
            signers = set()
            for key in vector.input["keys"]:
                for signature in form["signatures"]:
                    flattened = json.dumps({"payload": form["payload"], **signature})
                    if names(signature["protected"], key) and verifies(flattened, key):
                        signers.add(jwcrypto.jwk.JWK(**key).thumbprint())
            if vector.accepted:
                findings.compare(f"{library}: {vector.name}", signers, set(vector.accepted["signers"]))
            else:
                # A roster that breaks a rule is signed by two stewards, and as well as any other.
                findings.compare(f"{library}: {vector.name}, signers", len(signers), 2)


def check_whole_form(findings: Findings) -> None:
    """Libraries that look keys up by kid take the general form as it stands, when every signature is good."""
    for vector in read("jws-json"):
        form = json.loads(vector.input["json"]) if vector.accepted else {"signatures": []}
        if not form["signatures"] or len(vector.accepted["signers"]) != len(form["signatures"]):
            continue
        keys = joserfc.jwk.KeySet([joserfc.jwk.OKPKey.import_key(key) for key in vector.input["keys"]])
        keys_by_kid = {key.thumbprint(): key for key in keys}
        found = joserfc.jws.deserialize_json(form, lambda one: keys_by_kid[one.headers()["kid"]], algorithms=ALGORITHMS)
        findings.compare(f"joserfc: {vector.name}, whole", len(found.members), len(vector.accepted["signers"]))
        for key in vector.input["keys"]:
            thumbprint = jwcrypto.jwk.JWK(**key).thumbprint()
            found = jwcrypto_verifies(vector.input["json"], key)
            findings.compare(f"jwcrypto: {vector.name}, whole", found, thumbprint in vector.accepted["signers"])


def check_thumbprints(findings: Findings) -> None:
    for vector in read("thumbprint"):
        if vector.accepted:
            key = vector.input["jwk"]
            for found in (jwcrypto.jwk.JWK(**key).thumbprint(), joserfc.jwk.OKPKey.import_key(key).thumbprint()):
                findings.compare(vector.name, found, vector.accepted["thumbprint"])


if __name__ == "__main__":
    # RFC 9864 would rather have EdDSA called Ed25519.
    warnings.simplefilter("ignore")
    findings = Findings()
    check_compact(findings)
    check_json(findings)
    check_whole_form(findings)
    check_thumbprints(findings)
    findings.end()
