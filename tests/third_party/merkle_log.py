"""Logs: trees, tiles, notes, checkpoints, entries, receipts and witnesses, as docs/spec/log.md says; written from that page alone."""

import base64
import hashlib
import re
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rosters import WHITE_SPACE, Refused, need, organisation, public_key

SIZE_MAX = 2**63 - 1
TILE = 256
HASHES_MAX = 63


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u16(n):
    return struct.pack(">H", n)


def u64(n):
    return struct.pack(">Q", n)


# The tree.

def leaf_hash(entry):
    return sha256(b"\0", entry)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def left_of(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def root_of(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256()
    k = left_of(len(leaves))
    return node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def inclusion_path(m, leaves):
    if len(leaves) == 1:
        return []
    k = left_of(len(leaves))
    if m < k:
        return inclusion_path(m, leaves[:k]) + [root_of(leaves[k:])]
    return inclusion_path(m - k, leaves[k:]) + [root_of(leaves[:k])]


def consistency_path(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = left_of(len(leaves))
    if m <= k:
        return consistency_path(m, leaves[:k], whole) + [root_of(leaves[k:])]
    return consistency_path(m - k, leaves[k:], False) + [root_of(leaves[:k])]


def root_through(path, m, size, found):
    """The root that an inclusion path leads to, walked down from the top as the definition does."""
    need(0 <= m < size <= SIZE_MAX, "outside")
    if size == 1:
        need(not path, "proof-too-long")
        return found
    need(path, "proof-too-short")
    k, sibling = left_of(size), path[-1]
    if m < k:
        return node_hash(root_through(path[:-1], m, k, found), sibling)
    return node_hash(sibling, root_through(path[:-1], m - k, size - k, found))


def roots_through(path, m, size, old_root, whole=True):
    """The old and the new root that a consistency proof leads to, for 0 < m <= size."""
    if m == size:
        if whole:
            need(not path, "proof-too-long")
            return old_root, old_root
        need(len(path) == 1, "proof-length")
        return path[0], path[0]
    need(path, "proof-too-short")
    k, sibling = left_of(size), path[-1]
    if m <= k:
        old, new = roots_through(path[:-1], m, k, old_root, whole)
        return old, node_hash(new, sibling)
    old, new = roots_through(path[:-1], m - k, size - k, old_root, False)
    return node_hash(sibling, old), node_hash(sibling, new)


def check_consistency(m, size, old_root, new_root, path):
    need(0 < m <= size <= SIZE_MAX and len(path) <= HASHES_MAX, "sizes")
    need(roots_through(path, m, size, old_root) == (old_root, new_root), "roots")


def check_subtree(level, index, size, found, root, path):
    need(level < 63 and (index + 1) << level <= size and len(path) <= HASHES_MAX, "outside")
    need(root_through(path, index, (size - 1 >> level) + 1, found) == root, "root")


# Tiles.

def groups(n):
    text = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        text = "x%03d/%s" % (n % 1000, text)
    return text


def tile_path(level, n, w=TILE):
    """`level` is a number, or `entries`."""
    return "tile/%s/%s" % (level, groups(n)) + ("" if w == TILE else ".p/%d" % w)


def read_tile_path(path):
    """The level (nothing for entries), the number and the width."""
    found = re.fullmatch("tile/(entries|[0-7])/((x[0-9]{3}/)*)([0-9]{3})([.]p/([1-9][0-9]{0,2}))?", path)
    need(found and not found[2].startswith("x000/"), "not a path")
    level, width = None if found[1] == "entries" else int(found[1]), int(found[6] or TILE)
    need(width < TILE or found[6] is None, "not a path")
    n = int(re.sub("[x/]", "", found[2]) + found[4])
    need((n * TILE + width) << 8 * (level or 0) <= SIZE_MAX, "beyond every log")
    return level, n, width


def tile_set(old, new):
    """The paths that a log of the new size has and one of the old size has not."""
    def paths(size):
        found = set()
        for level in ("entries", *range(8)):
            count = size >> 8 * (0 if level == "entries" else level)
            found |= {tile_path(level, n) for n in range(count // TILE)}
            if count % TILE:
                found.add(tile_path(level, count // TILE, count % TILE))
        return found
    return sorted(paths(new) - paths(old))


def tiles(leaves):
    """Every tile of a log, partial ones at the right edge only."""
    found, level, hashes = {}, 0, leaves
    while hashes:
        for at in range(0, len(hashes), TILE):
            part = hashes[at:at + TILE]
            found[tile_path(level, at // TILE, len(part))] = b"".join(part)
        full = len(hashes) // TILE * TILE
        hashes = [root_of(hashes[at:at + TILE]) for at in range(0, full, TILE)]
        level += 1
    return found


def bundle(entries):
    return b"".join(u16(len(entry)) + entry for entry in entries)


def unbundle(data, count):
    entries = []
    while data:
        need(len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big"), "cut short")
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2:2 + length])
        data = data[2 + length:]
    need(len(entries) == count, "another number of entries")
    return entries


# Text forms.

def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    need(re.fullmatch("[A-Za-z0-9+/]*={0,2}", text) and len(text) % 4 == 0, "not base64")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("not base64") from None
    need(b64(data) == text, "base64 with bits left over")
    return data


def hashes(lines):
    need(len(lines) <= HASHES_MAX, "too many hashes")
    return [unhash(line) for line in lines]


def unhash(text):
    data = unb64(text)
    need(len(data) == 32, "not a hash")
    return data


def decimal(text, most=SIZE_MAX):
    need(re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) <= most, "not a number")
    return int(text)


# Notes.

ED25519, COSIGNATURE = 1, 4


def note_name(name):
    need(name and len(name.encode()) <= 255 and not any(c in WHITE_SPACE or c == "+" or c < " " for c in name), "not a key name")
    return name


def key_id(name, kind, key):
    return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]


def vkey_text(name, kind, key):
    return "%s+%s+%s" % (name, key_id(name, kind, key).hex(), b64(bytes([kind]) + key))


def vkey(text):
    parts = text.split("+", 2)
    need(len(parts) == 3, "not three parts")
    data = unb64(parts[2])
    need(len(data) == 33 and data[0] in (ED25519, COSIGNATURE), "unknown kind of key")
    need(re.fullmatch("[0-9a-f]{8}", parts[1]), "not a key id")
    need(key_id(note_name(parts[0]), data[0], data[1:]).hex() == parts[1], "another key id")
    public_key(data[1:])
    return parts[0], data[0], data[1:]


NOTE_BYTES_MAX, NOTE_LINES_MAX = 65_536, 32


def note(data):
    """The text and the signatures, each a name, a key id and bytes."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
    need(len(data) <= NOTE_BYTES_MAX, "too large")
    need(not any(c < " " and c != "\n" for c in whole), "a control character")
    text, separator, block = whole.rpartition("\n\n")
    need(separator and block.endswith("\n"), "no signatures")
    signatures = []
    for line in block[:-1].split("\n"):
        need(line.startswith("\u2014 "), "not a signature line")
        name, space, rest = line[2:].partition(" ")
        signature = unb64(rest)
        need(space and len(signature) >= 5, "not a signature line")
        signatures.append((note_name(name), signature[:4], signature[4:]))
    need(len(signatures) <= NOTE_LINES_MAX, "too many signatures")
    return text + "\n", signatures


def good(key, signed, signature):
    try:
        public_key(signature[:32])
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise Refused("bad-signature") from None


def cosigned_message(text, time):
    return b"cosignature/v1\ntime %d\n" % time + text.encode()


def opened(data, keys):
    """The text of a note, and who of the known keys signed it: a name, and a time for a cosignature."""
    text, signatures = note(data)
    known = {(name, key_id(name, kind, key)): (kind, key) for name, kind, key in keys}
    signers = []
    for name, identifier, signature in signatures:
        if (name, identifier) not in known:
            continue
        kind, key = known[name, identifier]
        if kind == ED25519:
            need(len(signature) == 64, "bad-signature")
            good(key, text.encode(), signature)
            signers.append((name, None))
        else:
            need(len(signature) == 72, "bad-signature")
            time = int.from_bytes(signature[:8], "big")
            need(1 <= time <= 253_402_300_799, "bad-signature")
            good(key, cosigned_message(text, time), signature[8:])
            signers.append((name, time))
    need(signers, "nobody-known-signed")
    return text, signers


def signature_line(name, identifier, signature):
    return "\u2014 %s %s\n" % (name, b64(identifier + signature))


def signed_by(seed, name, text):
    secret = Ed25519PrivateKey.from_private_bytes(seed)
    public = secret.public_key().public_bytes_raw()
    return signature_line(name, key_id(name, ED25519, public), secret.sign(text.encode()))


def cosigned_by(seed, name, text, time):
    secret = Ed25519PrivateKey.from_private_bytes(seed)
    public = secret.public_key().public_bytes_raw()
    return signature_line(name, key_id(name, COSIGNATURE, public), u64(time) + secret.sign(cosigned_message(text, time)))


# Checkpoints.

def origin(text):
    """The federation, the organisation, whether it is the log of accesses, and which in the row of its successors."""
    found = re.fullmatch("([a-z0-9.-]{3,64})/([0-9]{9})(/access)?(/([1-9][0-9]{0,4}))?", text)
    need(found, "not an origin")
    organisation(found[2])
    generation = int(found[5] or 1)
    need(generation <= 65_535 and found[4] != "/1", "not an origin")
    return found[1], found[2], bool(found[3]), generation


def checkpoint(text):
    lines = text.split("\n")
    need(len(lines) == 4 and lines[3] == "", "not three lines")
    size, root = decimal(lines[1]), unhash(lines[2])
    origin(lines[0])
    return lines[0], size, root


def signed_checkpoint(data, key):
    """Size and root of a checkpoint that the log with this key has signed."""
    text, _ = opened(data, [key])
    name, size, root = checkpoint(text)
    need(name == key[0] and key[1] == ED25519, "other-log")
    return size, root


# Entries.

def tagged(tag, *parts):
    return sha256(bytes([len(tag)]), tag.encode(), *parts)


def commitment(salt, signed):
    return tagged("budstikke/record/v1", salt, sha256(signed))


def state(time_ms, record_count, epoch=0, voprf=bytes(32), map_root=sha256(), map_count=0, live_count=0, presence=(0, sha256())):
    return (b"\2\1" + u64(time_ms) + struct.pack(">I", epoch) + voprf + map_root + u64(map_count) + u64(record_count)
            + u64(live_count) + u64(presence[0]) + presence[1])


def entry(data):
    """The type, and what it says."""
    need(data and data[0] in range(1, 6) and len(data) == (142 if data[0] == 2 else 33), "no entry")
    if data[0] != 2:
        return {1: "record", 3: "ticket", 4: "erase", 5: "pred"}[data[0]], data[1:].hex()
    version, time_ms, epoch, key, root, *counts, length, digest = struct.unpack(">BQI32s32sQQQQ32s", data[1:])
    need(version == 1, "version")
    map_count, record_count, live_count = counts
    return "state", {"time_ms": time_ms, "epoch": epoch, "voprf_key": key.hex(), "map_root": root.hex(), "map_count": map_count,
                     "record_count": record_count, "live_count": live_count, "presence_bytes": length, "presence_sha256": digest.hex()}


# Policies and receipts.

class Policy:
    def __init__(self, text):
        need(len(text.encode()) <= 65_536 and not any(c < " " and c not in "\n\t" or c == "\x7f" for c in text), "not text")
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, False
        grouped = set()
        for line in text.split("\n"):
            word, *items = re.split("[ \t]+", line.strip(" \t"))
            if word.startswith("#") or not word:
                continue
            if word == "log":
                need(1 <= len(items) <= 2, "log")
                key = vkey(items[0])
                need(key[1] == ED25519 and key[2] not in [one[2] for one in self.logs], "log")
                self.logs.append(key)
            elif word == "witness":
                need(2 <= len(items) <= 3, "witness")
                key = vkey(items[1])
                need(key[1] == COSIGNATURE and key[2] not in [one[2] for one in self.witnesses.values()], "witness")
                self.witnesses[self.new(items[0])] = key
            elif word == "group":
                need(len(items) >= 3, "group")
                name, count, *members = items
                need(all(self.is_defined(one) for one in members) and len({*members}) == len(members), "member")
                need(not grouped & {*members}, "member of two groups")
                grouped |= {*members}
                count = {"any": "1", "all": str(len(members))}.get(count, count)
                need(1 <= decimal(count) <= len(members), "how many")
                self.groups[self.new(name)] = int(count), members
            else:
                need(word == "quorum" and len(items) == 1 and self.quorum is False, "quorum")
                need(items[0] == "none" or self.is_defined(items[0]), "quorum")
                self.quorum = None if items[0] == "none" else items[0]
            need(max(len(self.logs), len(self.witnesses), len(self.groups)) <= 64, "too many")
        need(self.quorum is not False, "no quorum")

    def is_defined(self, name):
        return name in self.witnesses or name in self.groups

    def new(self, name):
        need(name != "none" and not self.is_defined(name), "name")
        return name

    def is_met(self, cosigned, name=False):
        name = self.quorum if name is False else name
        if name in self.groups:
            count, members = self.groups[name]
            return sum(self.is_met(cosigned, one) for one in members) >= count
        return name is not None and name in cosigned

    def since(self, data):
        """When the note was witnessed by a quorum; None when it is not."""
        keys = {key[0]: name for name, key in self.witnesses.items()}
        try:
            _, signers = opened(data, self.witnesses.values())
        except Refused as why:
            need(why.args == ("nobody-known-signed",), *why.args)
            return None
        signers.sort(key=lambda signer: signer[1])
        for count, (_, time) in enumerate(signers, 1):
            if self.is_met({keys[name] for name, _ in signers[:count]}):
                return time
        return None


def receipt_parts(data):
    """What stands in extra, the index, the proof, and the note."""
    need(len(data) <= 131_072, "too large")
    head, separator, rest = data.partition(b"\n\n")
    lines = utf8(head).split("\n")
    need(separator and lines.pop(0) == "c2sp.org/tlog-proof@v1", "version")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = unb64(lines.pop(0).removeprefix("extra "))
    need(lines and lines[0].startswith("index "), "form")
    return extra, decimal(lines[0].removeprefix("index ")), hashes(lines[1:]), rest


def receipt(data, entry_bytes, key, policy):
    _, index, path, rest = receipt_parts(data)
    size, root = signed_checkpoint(rest, key)
    check_subtree(0, index, size, leaf_hash(entry_bytes), root, path)
    since = policy.since(rest)
    result = {"index": index, "size": size, "grade": "promised" if since is None else "witnessed"}
    return result if since is None else {**result, "since": since}


def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None


# Forks.

def two_notes(data, version):
    """The lines behind the version, and two notes."""
    need(len(data) <= 137_600, "too large")
    utf8(data)
    parts = data.split(b"\n\n")
    need(len(parts) == 5, "form")
    lines = parts[0].decode().split("\n")
    need(lines.pop(0) == version, "version")
    return lines, parts[1] + b"\n\n" + parts[2] + b"\n", parts[3] + b"\n\n" + parts[4]


def fork(data, key):
    lines, *notes = two_notes(data, "budstikke/fork/v1")
    if lines == ["same-size"]:
        heads = [signed_checkpoint(one, key) for one in notes]
        need(heads[0][0] == heads[1][0] and heads[0][1] != heads[1][1], "no-contradiction")
        return {"same-size": heads[0][0]}
    need(lines and re.fullmatch("subtree [^ ]* [^ ]*", lines[0]), "form")
    level, index = map(decimal, lines[0].split(" ")[1:])
    starts = [at for at, line in enumerate(lines) if line.startswith("hash ")]
    need(len(starts) == 2 and starts[0] == 1, "form")
    found = []
    for one, branch in zip(notes, (lines[1:starts[1]], lines[starts[1]:])):
        size, root = signed_checkpoint(one, key)
        found.append(unhash(branch[0].removeprefix("hash ")))
        check_subtree(level, index, size, found[-1], root, hashes(branch[1:]))
    need(found[0] != found[1], "no-contradiction")
    return {"subtree": {"level": level, "index": index}}


def accusation(data, key, answer):
    lines, *notes = two_notes(data, "budstikke/accusation/v1")
    need(not lines, "form")
    (older, old_root), (newer, new_root) = (signed_checkpoint(one, key) for one in notes)
    need(0 < older < newer, "no-contradiction")
    try:
        check_consistency(older, newer, old_root, new_root, answer)
    except Refused:
        return {"older": older, "newer": newer, "is_cleared": False}
    return {"older": older, "newer": newer, "is_cleared": True}


# Witnesses.

class NotCosigned(Refused):
    """The first argument is the status, the second the size when that is 409."""


def witness_verdict(data, key, last, is_forked):
    """The text that may be cosigned. `last` is size and root, of the empty log when nothing was cosigned."""
    def require(holds, status, size=None):
        if not holds:
            raise NotCosigned(status, size)

    try:
        need(len(data) <= 68_403, "too large")
        head, separator, rest = data.partition(b"\n\n")
        lines = utf8(head).split("\n")
        need(separator and lines[0].startswith("old "), "form")
        old, path = decimal(lines[0].removeprefix("old ")), hashes(lines[1:])
        text, _ = note(rest)
        name, size, root = checkpoint(text)
    except Refused:
        raise NotCosigned(400, None) from None
    require(name == key[0], 404)
    require(not is_forked, 403)
    try:
        signed_checkpoint(rest, key)
    except Refused:
        raise NotCosigned(403, None) from None
    require(old <= size, 400)
    require(old == last[0], 409, last[0])
    require(size or root == sha256(), 422)
    require(not path or 0 < old < size, 422)
    require(old != size or root == last[1], 422)
    if old:
        try:
            check_consistency(old, size, last[1], root, path)
        except Refused:
            raise NotCosigned(422, None) from None
    return text


def witnesses(of_origin, organisations):
    """Those of the other members that cosign, in the order of their rank, and how many must."""
    name = of_origin.encode()
    ranked = sorted(organisations, reverse=True, key=lambda member: sha256(
        b"budstikke/witness/v1", u16(len(name)), name, u16(len(member)), member.encode()))
    chosen = ranked[:7]
    return chosen, len(chosen) - (len(chosen) - 1) // 3 if chosen else 0
