"""The vectors of the log, judged by the reader that was written from docs/spec/log.md alone."""

import hashlib

import merkle_log as log
from rosters import Refused
from vectors import Findings, Vector, read


def raw(note: dict) -> bytes:
    return bytes.fromhex(note["hex"]) if "hex" in note else note["text"].encode()


def seed(name: str) -> bytes:
    return hashlib.sha256(b"budstikke test vectors: " + name.encode()).digest()


def hashes(texts: list) -> list:
    return [log.unhash(text) for text in texts]


def notes(given: dict) -> dict:
    text, signers = log.opened(raw(given["note"]), [log.vkey(key) for key in given["keys"]])
    return {"text": text, "signers": [{"name": name} if time is None else {"name": name, "time": time} for name, time in signers]}


def verifier_key(given: dict) -> dict:
    name, kind, key = log.vkey(given["vkey"])
    return {"name": name, "id": log.key_id(name, kind, key).hex(), "kind": kind, "key": key.hex()}


def cosignature(given: dict) -> dict:
    return {"line": log.cosigned_by(seed(given["key"]), given["name"], given["text"], given["time"]).rstrip("\n")}


def commitment(given: dict) -> dict:
    return {"commitment": log.commitment(bytes.fromhex(given["salt"]), given["signed"].encode()).hex()}


def entry(given: dict) -> dict:
    kind, said = log.entry(bytes.fromhex(given["entry"]))
    return {kind: said}


def origin(given: dict) -> dict:
    return dict(zip(("federation", "organisation", "is_access", "generation"), log.origin(given["origin"])))


def root(given: dict) -> dict:
    if "entries" in given:
        entries = [bytes.fromhex(one) for one in given["entries"]]
    else:
        entries = [b"entry %d" % i for i in range(given["entries_by_rule"])]
    return {"size": len(entries), "root": log.b64(log.root_of([log.leaf_hash(one) for one in entries]))}


def inclusion(given: dict) -> dict:
    root, leaf = log.unhash(given["root"]), log.unhash(given["leaf"])
    log.check_subtree(0, given["index"], given["size"], leaf, root, hashes(given["proof"]))
    return {"root": given["root"]}


def consistency(given: dict) -> dict:
    old, new = given["old"], given["new"]
    log.check_consistency(old["size"], new["size"], log.unhash(old["root"]), log.unhash(new["root"]), hashes(given["proof"]))
    return {"grown": new["size"] - old["size"]}


def tile_path(given: dict) -> dict:
    level, index, width = log.read_tile_path(given["path"])
    return {"index": index, "width": width} if level is None else {"level": level, "index": index, "width": width}


def tile_set(given: dict) -> dict:
    return {"paths": log.tile_set(given["old"], given["new"])}


def bundle(given: dict) -> dict:
    return {"entries": [one.hex() for one in log.unbundle(bytes.fromhex(given["bundle"]), given["width"])]}


def checkpoint(given: dict) -> dict:
    size, found = log.signed_checkpoint(raw(given["note"]), log.vkey(given["log"]))
    return {"size": size, "root": log.b64(found)}


def policy(given: dict) -> dict:
    return {"is_met": log.Policy(given["policy"]).is_met(given["cosigned"])}


def receipt(given: dict) -> dict:
    key, entry_bytes = log.vkey(given["log"]), bytes.fromhex(given["entry"])
    return log.receipt(raw(given["receipt"]), entry_bytes, key, log.Policy(given["policy"]))


def rendezvous(given: dict) -> dict:
    own = given["origin"].split("/")[1]
    witnesses, quorum = log.witnesses(given["origin"], [one for one in given["active"] if one != own])
    return {"witnesses": witnesses, "quorum": quorum}


def fork(given: dict) -> dict:
    return log.fork(raw(given["proof"]), log.vkey(given["log"]))


def accusation(given: dict) -> dict:
    return log.accusation(raw(given["accusation"]), log.vkey(given["log"]), hashes(given["answer"]))


FOLDERS = {
    "note": notes, "verifier-key": verifier_key, "cosignature": cosignature, "commitment": commitment, "log-entry": entry,
    "origin": origin, "log-root": root, "log-inclusion": inclusion, "log-consistency": consistency, "tile-path": tile_path,
    "tile-set": tile_set, "bundle": bundle, "checkpoint": checkpoint, "policy": policy, "receipt": receipt,
    "rendezvous": rendezvous, "fork": fork, "accusation": accusation,
}


def judged(judge, vector: Vector) -> object:
    """What is accepted; nothing when it is refused, whatever the words."""
    try:
        return judge(vector.input)
    except Refused:
        return None


def compare_witness(findings: Findings, vector: Vector) -> None:
    """Of a refusal, the status and the size in it are compared too: a log acts on them."""
    given, last = vector.input, vector.input["last"]
    known = (last["size"], log.unhash(last["root"])) if last else (0, log.sha256())
    try:
        text = log.witness_verdict(raw(given["request"]), log.vkey(given["log"]), known, given["is_forked"])
    except log.NotCosigned as why:
        status, _, more = (vector.refused or "").partition(": ")
        findings.compare(vector.name, why.args, (int(status or 0), int(more) if status == "409" else None))
        return
    line = log.cosigned_by(seed("municipality witness"), "vectors.example/310000027/witness", text, given["now"])
    findings.compare(vector.name, {"line": line.rstrip("\n")}, vector.accepted)


if __name__ == "__main__":
    findings = Findings()
    for folder, judge in FOLDERS.items():
        for vector in read(folder):
            findings.compare(vector.name, judged(judge, vector), vector.accepted)
    for vector in read("witness"):
        compare_witness(findings, vector)
    findings.end()
