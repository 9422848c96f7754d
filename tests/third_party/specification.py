"""The vectors, judged by the readers that were written from docs/spec alone."""

import hashlib
from collections.abc import Callable
from types import SimpleNamespace

from blake3 import blake3

from blake3_tree import PARENT, ROOT, SUBTREE_BYTES, join, subtree_hash
from rosters import Refused, Roster, accepted, compact, manifest_of, thumbprint, verifies
from vectors import Findings, Vector, by_rule, read
from verify_evidence import judged as verified
from verify_evidence import series

KINDS = {
    "F": ("birth", "2.16.578.1.12.4.1.4.1"),
    "D": ("d-number", "2.16.578.1.12.4.1.4.2"),
    "H": ("h-number", "2.16.578.1.12.4.1.4.3"),
}


def raw(receipt: dict) -> bytes:
    return bytes.fromhex(receipt["hex"]) if "hex" in receipt else receipt["text"].encode()


def roster_chain(given: dict) -> dict:
    last = accepted(given["fingerprint"], "\n".join(given["rosters"]).encode())
    return {"version": last.version, "digest": last.digest}


def statement(given: dict) -> bool:
    """The profile of all kinds, and every rule of manifests; the rest of the others these readers do not know."""
    data = given["compact"].encode()
    if given["expect"] == "manifest":
        _, kid, signed, signature = manifest_of(data)
    else:
        _, kid, signed, signature = compact(data, f"budstikke-{given['expect']}-v1", lambda payload: None)
    if kid != thumbprint(given["key"]) or not verifies(given["key"], signed, signature):
        raise Refused("bad-signature")
    return True


def roster(given: dict) -> set[str]:
    read_back = Roster(given["json"].encode())
    names = {thumbprint(key): key for key in given["keys"]}
    return {kid for kid, signed in read_back.signatures.items() if kid in names and verifies(names[kid], *signed)}


def person_number(given: dict) -> dict:
    kind, system = KINDS[series(given["number"], given["environment"])]
    return {"kind": kind, "system": system}


def content(document: dict) -> tuple[list[str], str | None]:
    """The hashes of the subtrees, and the root that they lead to; no root where the whole is one subtree."""
    data = by_rule(document)
    if len(data) <= SUBTREE_BYTES:
        return [], None
    hashes = [subtree_hash(data[at : at + SUBTREE_BYTES], at // SUBTREE_BYTES) for at in range(0, len(data), SUBTREE_BYTES)]
    return [one.hex() for one in hashes], join(hashes, PARENT | ROOT).hex()


def evidence(given: dict) -> dict:
    """The members of an evidence file, as if they had been read from one; the document is that of every case."""
    data = by_rule({"rule": "byte i = i mod 251", "from": 0, "size": 1025})
    manifest = given["manifest"].encode()
    payload = manifest_of(manifest)[0]
    members = SimpleNamespace(
        roster="\n".join(given["rosters"]).encode(),
        manifest=manifest,
        receipt=raw(given["receipt"]) if "receipt" in given else None,
        size=len(data),
        sha256=hashlib.sha256(data),
        blake3=blake3(data),
        descriptor={
            "federation": given["fingerprint"],
            "organisation": payload["organisation"],
            "document": payload["document"],
            "signing_input_sha256": hashlib.sha256(manifest.rpartition(b".")[0]).hexdigest(),
        },
    )
    lines = {(check, failure): found for check, failure, found in verified(members, given["fingerprint"])}
    failures = [failure for _, failure in lines if failure]
    receipt = lines.get(("receipt", None), "")
    witnessed = receipt.partition("witnessed since ")[2]
    return {"failures": failures, "witnessed": witnessed} if witnessed else {"failures": failures}


def judged(judge: Callable[[dict], object], vector: Vector) -> object:
    """What is accepted; nothing when it is refused, whatever the words."""
    try:
        return judge(vector.input)
    except Refused:
        return None


def compare(findings: Findings, judge: Callable[[dict], object], vector: Vector, expected: object) -> None:
    findings.compare(vector.name, judged(judge, vector), expected)


if __name__ == "__main__":
    findings = Findings()
    for vector in read("roster-chain"):
        compare(findings, roster_chain, vector, vector.accepted)
    for vector in read("jws-compact", "manifest"):
        compare(findings, statement, vector, True if vector.accepted else None)
    for vector in read("jws-json", "roster"):
        if vector.input["expect"] == "roster":
            compare(findings, roster, vector, vector.accepted and set(vector.accepted["signers"]))
    for vector in read("person-number"):
        compare(findings, person_number, vector, vector.accepted)
    for vector in read("evidence"):
        compare(findings, evidence, vector, vector.accepted)
    for vector in read("content"):
        if vector.accepted:
            subtrees = vector.accepted["subtrees"]
            found = content(vector.input["document"])
            findings.compare(vector.name, found, (subtrees, vector.accepted["blake3"] if subtrees else None))
    findings.end()
