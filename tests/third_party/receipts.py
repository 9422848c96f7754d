"""What the receipt in an evidence file shows, written from docs/spec/evidence.md and log.md alone."""

from datetime import datetime, timezone

import merkle_log as log
from rosters import Refused, need, unbase64url

CREATED_AHEAD_MAX = 300


def key_bytes(jwk):
    return unbase64url(jwk["x"])


def seconds(text):
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


def active(roster):
    return {m["organisation"]: m for m in roster.members if m["status"] == "active"}


def log_key(note, name, newest):
    """The log key, current or retired, of the owner of the log that has signed the note; and size and root."""
    owner = next((m for m in newest.members if m["organisation"] == name.split("/")[1]), None)
    need(owner, "no such member")
    retired = [r["key"] for r in owner.get("retired_keys", []) if r["use"] == "log"]
    for jwk in [owner["keys"]["log"], *retired]:
        try:
            return key_bytes(jwk), *log.signed_checkpoint(note, (name, log.ED25519, key_bytes(jwk)))
        except Refused as why:
            need(why.args == ("nobody-known-signed",), *why.args)
    raise Refused("the log has not signed it")


def in_good_standing(organisation, key, newest):
    member = next(m for m in newest.members if m["organisation"] == organisation)
    retired = [key_bytes(r["key"]) for r in member.get("retired_keys", []) if r["use"] == "witness" and "distrusted_from" not in r]
    return member["status"] != "revoked" and key in [key_bytes(member["keys"]["witness"]), *retired]


def vouched(note, name, roster, newest):
    """Since when the witnesses of a roster vouch for the note; None when they do not."""
    members = active(roster)
    own = name.split("/")[1]
    chosen, quorum = log.witnesses(name, [one for one in members if one != own])
    keys = {"%s/%s/witness" % (roster.payload["federation"], one): (one, key_bytes(members[one]["keys"]["witness"])) for one in chosen}
    try:
        _, signers = log.opened(note, [(witness, log.COSIGNATURE, key) for witness, (_, key) in keys.items()])
    except Refused as why:
        need(why.args == ("nobody-known-signed",), *why.args)
        return None
    first = {}
    for witness, time in sorted(signers, key=lambda signer: signer[1]):
        first.setdefault(witness, time)
    times = list(first.values())
    believed = [time for witness, time in first.items() if in_good_standing(*keys[witness], newest)]
    may_lie = len(chosen) - quorum
    if len(times) < quorum or len(believed) <= may_lie:
        return None
    return max(times[quorum - 1], believed[may_lie], seconds(roster.payload["issued"]))


def shown(data, manifest, organisation, rosters):
    """The place of the manifest in the log of its custodian, and since when it is witnessed, or None."""
    newest = rosters[-1]
    salt, index, path, note = log.receipt_parts(data)
    need(salt is not None and len(salt) == 32, "no salt")
    name = "%s/%s" % (newest.payload["federation"], organisation)
    key, size, root = log_key(note, name, newest)
    record = bytes([1]) + log.commitment(salt, manifest)
    log.check_subtree(0, index, size, log.leaf_hash(record), root, path)
    times = []
    for roster in rosters:
        owner = active(roster).get(organisation)
        if owner and key_bytes(owner["keys"]["log"]) == key:
            times.append(vouched(note, name, roster, newest))
    times = [time for time in times if time is not None]
    return index, size, name, min(times) if times else None


def ends(kid_key, organisation, standing, rosters):
    """What ended the trust in a key, the one that the newest roster names first: a failure, and a time."""
    newest = next(m for m in rosters[-1].members if m["organisation"] == organisation)
    lost = [("distrusted-key", r["distrusted_from"]) for r in newest.get("retired_keys", [])
            if r["use"] == "sign" and r["key"]["x"] == kid_key["x"] and "distrusted_from" in r]
    revoked = []
    for roster in rosters:
        owner = next((m for m in roster.members if m["organisation"] == organisation), None)
        if not owner or owner["status"] != "revoked":
            continue
        if kid_key["x"] in [owner["keys"]["sign"]["x"], *(r["key"]["x"] for r in owner.get("retired_keys", []) if r["use"] == "sign")]:
            revoked = [("revoked-key", roster.payload["issued"])]
            break
    return lost + revoked if standing == "distrusted" else revoked + lost


def vkeys(organisation, roster):
    """The keys of a member's log and of the witnesses that a roster gives it, as other tools take them."""
    federation, members = roster.payload["federation"], {m["organisation"]: m for m in roster.members}
    name = "%s/%s" % (federation, organisation)
    chosen, _ = log.witnesses(name, [one for one in active(roster) if one != organisation])
    keys = [(name, log.ED25519, members[organisation]["keys"]["log"])]
    keys += [("%s/%s/witness" % (federation, one), log.COSIGNATURE, members[one]["keys"]["witness"]) for one in chosen]
    return [log.vkey_text(named, kind, key_bytes(jwk)) for named, kind, jwk in keys]


def text_of(time):
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
