"""The examples of docs/spec/log.md, computed again from the seeds, the salts and the statements on the other pages."""

import pathlib
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import merkle_log as log
from rosters import compact
from vectors import Findings

PAGES = pathlib.Path(__file__).parent.parent.parent / "docs/spec"
ORIGIN, WITNESS = "helse.example/974760673", "helse.example/983974910/witness"
LOG_SEED, WITNESS_SEED = bytes([0x12]) * 32, bytes([0x23]) * 32
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")


def ms(time):
    return int(datetime.fromisoformat(time + "+00:00").timestamp()) * 1000


def statement(kind):
    """The compact form of the example of this kind: a line of its own on the page."""
    for line in (PAGES / "statements.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("eyJ") and line.count(".") == 2:
            try:
                compact(line.encode(), f"budstikke-{kind}-v1", lambda payload: None)
            except Exception:  # of another kind
                continue
            return line.encode()
    raise LookupError(kind)


def public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def record(kind, salt):
    return b"\1" + log.commitment(bytes([salt]) * 32, statement(kind))


ENTRIES = [
    record("manifest", 0x30),
    log.state(ms("2026-11-22T12:04:06"), 1),
    record("sharing", 0x31),
    record("withdrawal", 0x32),
    log.state(ms("2026-11-22T12:20:01"), 3),
]
LEAVES = [log.leaf_hash(entry) for entry in ENTRIES]
COSIGNED = ms("2026-11-22T12:20:02") // 1000


def head(size, leaves=LEAVES):
    return "%s\n%d\n%s\n" % (ORIGIN, size, log.b64(log.root_of(leaves[:size])))


def signed_head(size):
    return head(size) + "\n" + log.signed_by(LOG_SEED, ORIGIN, head(size))


ANSWER = log.cosigned_by(WITNESS_SEED, WITNESS, head(5), COSIGNED)
CHECKPOINT_5 = signed_head(5) + ANSWER


def rows(*pairs):
    width = max(len(name) for name, _ in pairs)
    return "\n".join("%s  %s" % (name.ljust(width), value) for name, value in pairs)


def roots():
    inputs = [log.leaf_hash(bytes.fromhex(one)) for one in INPUTS]
    return "\n".join("%d  %s" % (n, log.root_of(inputs[:n]).hex()) for n in range(9))


def entries():
    kinds = ("RECORD", "STATE", "RECORD", "RECORD", "STATE")
    return "\n".join("%d %s %s" % (at, kind.ljust(6), entry.hex()) for at, (kind, entry) in enumerate(zip(kinds, ENTRIES)))


def tree():
    leaves = [("leaf %d" % at, leaf.hex()) for at, leaf in enumerate(LEAVES)]
    a, b = log.node_hash(*LEAVES[:2]), log.node_hash(*LEAVES[2:4])
    c = log.node_hash(a, b)
    return rows(*leaves, ("A = node(leaf 0, leaf 1), root of size 2", a.hex()), ("B = node(leaf 2, leaf 3)", b.hex()), ("C = node(A, B)", c.hex()),
                ("node(C, leaf 4), root of size 5", log.node_hash(c, LEAVES[4]).hex()),
                ("inclusion of 0 in 5", "leaf 1, B, leaf 4"), ("inclusion of 4 in 5", "C"), ("consistency of 2 and 5", "B, leaf 4"))


def vkeys():
    return "\n".join((log.vkey_text(ORIGIN, log.ED25519, public(LOG_SEED)), log.vkey_text(WITNESS, log.COSIGNATURE, public(WITNESS_SEED))))


def raw():
    _, signatures = log.note(CHECKPOINT_5.encode())
    return rows(("signature", signatures[0][2].hex()), ("message", log.cosigned_message(head(5), COSIGNED).hex()))


def tile_list():
    n, lines = 70_000, []
    for level in ("entries", 0, 1, 2):
        count = n >> (8 * level) if isinstance(level, int) else n
        if count >= 256:
            full = count // 256
            first, last = log.tile_path(level, 0), log.tile_path(level, full - 1)
            lines.append(first if full == 1 else "%s … %s" % (first, last))
        if count % 256:
            lines.append(log.tile_path(level, count // 256, count % 256))
    return "\n".join(lines)


def receipt():
    proof = log.inclusion_path(0, LEAVES)
    return "c2sp.org/tlog-proof@v1\nindex 0\n%s\n%s" % ("".join(log.b64(one) + "\n" for one in proof), CHECKPOINT_5)


def request():
    proof = log.consistency_path(2, LEAVES)
    return "old 2\n%s\n%s" % ("".join(log.b64(one) + "\n" for one in proof), signed_head(5))


def ranks():
    name = ORIGIN.encode()
    members = ("983974910", "974703300", "993467049", "883974832")
    ranked = {one: log.sha256(b"budstikke/witness/v1", log.u16(len(name)), name, log.u16(9), one.encode()).hex() for one in members}
    return "\n".join("%s  %s" % (one, ranked[one]) for one in sorted(members, key=ranked.get, reverse=True))


def policy():
    log_key, witness_key = vkeys().split("\n")
    return "log %s\nwitness 983974910 %s\ngroup witnesses 1 983974910\nquorum witnesses\n" % (log_key, witness_key)


def fork():
    """The same log with another last STATE, of two seconds later."""
    other = head(5, LEAVES[:4] + [log.leaf_hash(log.state(ms("2026-11-22T12:20:03"), 3))])
    return "budstikke/fork/v1\nsame-size\n\n%s\n%s\n%s" % (signed_head(5), other, log.signed_by(LOG_SEED, ORIGIN, other))


EXAMPLES = {
    "ROOTS": roots, "ENTRIES": entries, "EXAMPLE_TREE": tree, "VKEYS": vkeys, "CHECKPOINT_2": lambda: signed_head(2),
    "CHECKPOINT_5": lambda: CHECKPOINT_5, "RAW": raw, "TILE_LIST": tile_list, "RECEIPT": receipt, "RANKS": ranks,
    "REQUEST": request, "ANSWER": lambda: ANSWER, "POLICY": policy, "FORK": fork,
}


def fenced(text):
    return "```text\n%s\n```\n" % text.removesuffix("\n")


if __name__ == "__main__":
    findings = Findings()
    page = (PAGES / "log.md").read_text(encoding="utf-8")
    for name, example in EXAMPLES.items():
        findings.compare("log.md, the example %s" % name.lower(), fenced(example()) in page, True)
    findings.end()
