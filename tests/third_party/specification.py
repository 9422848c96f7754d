"""The vectors, judged by the readers that were written from docs/spec alone."""

from collections.abc import Callable

from blake3_tree import PARENT, ROOT, SUBTREE_BYTES, join, subtree_hash
from rosters import Refused, Roster, accepted, compact, manifest_of, thumbprint, verifies
from vectors import Findings, Vector, by_rule, read
from verify_evidence import series

KINDS = {
    "F": ("birth", "2.16.578.1.12.4.1.4.1"),
    "D": ("d-number", "2.16.578.1.12.4.1.4.2"),
    "H": ("h-number", "2.16.578.1.12.4.1.4.3"),
}


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
    for vector in read("content"):
        if vector.accepted:
            subtrees = vector.accepted["subtrees"]
            found = content(vector.input["document"])
            findings.compare(vector.name, found, (subtrees, vector.accepted["blake3"] if subtrees else None))
    findings.end()
