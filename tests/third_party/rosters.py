"""Text forms, statements and rosters, read and verified as docs/spec says; written from those pages alone."""

import base64
import hashlib
import json
import math
import re
import unicodedata
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The Unicode property; str.strip() takes U+001C to U+001F too.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
STATEMENT_BYTES_MAX, ROSTER_BYTES_MAX, DOCUMENT_BYTES_MAX = 32_768, 2_097_152, 17_179_869_184


class Refused(Exception):
    """Why something is not accepted; the first argument is the name of the failure where the page gives one."""


def need(holds, *why):
    if not holds:
        raise Refused(*why)


# Text forms: conventions.md.

def unbase64url(text):
    need(isinstance(text, str) and re.fullmatch("[A-Za-z0-9_-]*", text) and len(text) % 4 != 1, "not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(base64url(data) == text, "base64url with bits left over")
    return data


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def object_of(data):
    """Reads one JSON object, strictly."""
    def members(pairs):
        need(len(dict(pairs)) == len(pairs), "a member twice")
        return dict(pairs)

    def walk(value, depth):
        need(value is not None, "null")
        need(depth <= 127 or not isinstance(value, (dict, list)), "nested too deeply")
        for part in (*value.keys(), *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(part, depth + 1)
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, (int, float)):
            need(math.isfinite(float(value)), "a number beyond a double")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_constant=lambda name: need(False, name),
                           parse_int=lambda text: -0.0 if text == "-0" else int(text))
        need(isinstance(value, dict), "not an object")
        walk(value, 1)
    except (ValueError, OverflowError, RecursionError) as error:
        raise Refused("not JSON: %s" % error) from None
    return value


def matches(expression):
    return lambda value: need(isinstance(value, str) and re.fullmatch(expression, value), "what is not %s" % expression)


def text(longest):
    def check(value):
        need(isinstance(value, str) and 1 <= len(value.encode()) <= longest and value.strip(WHITE_SPACE) == value, "not text(%d)" % longest)
        need(not any(unicodedata.category(c) == "Cc" or c in "\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
                     for c in value), "text with forbidden characters")
    return check


def number(least, most):
    return lambda value: need(type(value) is int and least <= value <= most, "no number from %d to %d" % (least, most))


def listing(check, most, least=0):
    def all_of(value):
        need(isinstance(value, list) and least <= len(value) <= most, "not a list of %d to %d" % (least, most))
        for part in value:
            check(part)
    return all_of


def structure(required, optional={}, closed=False):
    def check(value):
        need(isinstance(value, dict), "not an object")
        for name, kind in {**required, **optional}.items():
            need(name in value or name not in required, "%s is missing" % name)
            if name in value:
                kind(value[name])
        need(not closed or value.keys() <= {**required, **optional}.keys(), "an unknown member")
    return check


def time(value):
    matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")(value)
    try:
        need(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").year >= 1970 and value[17:19] < "60", "before 1970")
    except ValueError:
        raise Refused("no moment: %s" % value) from None


def organisation(value):
    matches("[1-9][0-9]{8}")(value)
    need(sum(int(d) * w for d, w in zip(value, (3, 2, 7, 6, 5, 4, 3, 2, 1))) % 11 == 0, "no organisation number: %s" % value)


def sharing(value):
    if value not in ("nobody", "federation"):
        structure({"organisations": listing(organisation, 64, 1)}, closed=True)(value)
        named = value["organisations"]
        need(all(a < b for a, b in zip(named, named[1:])), "organisations that do not ascend")


def public_key(data):
    """A key, or the R of a signature: the canonical encoding of a point (RFC 8032 section 5.1.3) not of small order."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p  # x squared
    need(len(data) == 32 and y < p and pow(square, (p - 1) // 2, p) in (0, 1), "not the encoding of a point")
    # Of order 1, 2 and 4: y = ±1 or 0. Of order 8, where doubling gives y = 0: d·y⁴ + 2y² − 1 = 0.
    need(y not in (0, 1, p - 1) and (d * y**4 + 2 * y * y - 1) % p, "a point of small order")


def jwk(value):
    structure({"kty": matches("OKP"), "crv": matches("Ed25519"), "x": lambda x: public_key(unbase64url(x))}, closed=True)(value)


def thumbprint(key):
    return base64url(hashlib.sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % key["x"].encode()).digest())


def verifies(key, signing_input, signature):
    try:
        public_key(signature[:32])  # OpenSSL checks the rest: 64 bytes, S below the order, no cofactor
        Ed25519PublicKey.from_public_bytes(unbase64url(key["x"])).verify(signature, signing_input)
    except (Refused, InvalidSignature, ValueError):
        return False
    return True


# Statements: statements.md.

DIGEST, UUID = matches("[0-9a-f]{64}"), matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
U64, HPR, CODE = number(0, 2**64 - 1), matches("[1-9][0-9]{6,8}"), "[a-z0-9!#$&^_.+-]{1,127}"
OID = matches(r"(?=.{3,128}$)([01]\.[1-3]?[0-9]|2\.(0|[1-9][0-9]*))(\.(0|[1-9][0-9]*))*")
USES = ("node", "sign", "log", "witness")
ROSTER = structure(
    {"federation": matches("[a-z0-9.-]{3,64}"), "environment": matches("test|production"), "version": number(1, 2**64 - 1),
     "issued": time, "expires": time, "threshold": number(1, 255),
     "stewards": listing(structure({"name": text(128), "key": jwk}), 16),
     "members": listing(structure(
         {"organisation": organisation, "name": text(128), "kind": matches("municipality|hospital|gp|authority|other"),
          "status": matches("active|suspended|revoked"), "keys": structure(dict.fromkeys(USES, jwk))},
         {"region": text(64), "retired_keys": listing(structure({"use": matches("|".join(USES)), "key": jwk, "retired": time},
                                            {"distrusted_from": time}), 32),
          "addresses": listing(text(256), 8), "limits": structure({}, {"questions_per_minute": number(0, 2**32 - 1), "blind_per_day": number(0, 2**32 - 1)})}), 1024)},
    {"previous": DIGEST})
MANIFEST = structure(
    {"document": UUID, "patient": structure({"system": OID, "value": matches("[!-~]{1,64}")}, {"assigner": organisation}),
     "organisation": organisation, "category": matches("[A-FIJS]00-1"), "title": text(256),
     "type": matches("(A0[1-9]|A1[0-3]|B0[1-3]|C0[1-7]|D0[1-9]|D1[0-3]|E0[12]|F0[1-9]|F10|[IJ]0[12]|S0[1-3])-2"),
     "language": matches("[a-z]{2,3}(-[A-Z]{2})?"), "created": time, "size": number(1, DOCUMENT_BYTES_MAX),
     "content_type": matches("%s/%s(; charset=%s)?" % (CODE, CODE, CODE)), "sha256": DIGEST, "blake3": DIGEST,
     "confidentiality": matches("[NRV]"), "sharing": sharing},
    {"author": structure({"hpr": HPR}, {"name": text(128), "role": matches(
        "AA|AT|AU|BI|ET|FA1|FA2|FB|FO|FT|HE|HF|HP|JO|KE|KI|LE|NP|OA|OI|OP|OR|OS|PE|PM|PS|RA|SP|TH|TL|TP|TT|VE|VP|XX|MT")}),
     "blocks": listing(matches("NORN_(FFL|KUT|EPO|ALL|FOR|FORANS|UNGDOM|FFH|FPB|DUP|ANG)|NORU|NORS"), 16),
     "relates_to": listing(structure({"kind": matches("replaces|transforms|appends|signs"), "manifest": DIGEST}), 16)})
TEXT = lambda value: need(isinstance(value, str), "not a string")


def signature_of(encoded):
    signature = unbase64url(encoded)
    need(len(signature) == 64, "a signature of %d bytes" % len(signature))
    return signature


def header(encoded, kind):
    value = object_of(unbase64url(encoded))
    need(len(encoded) <= 1024, "a header that is too long")
    structure({"alg": matches("EdDSA|Ed25519"), "kid": matches("[A-Za-z0-9_-]{43}"), "typ": matches(kind)}, closed=True)(value)
    unbase64url(value["kid"])
    return value["kid"]


def parts(statement):
    """The three parts of a compact statement, each of which is base64url."""
    need(len(statement) <= STATEMENT_BYTES_MAX and statement.isascii() and statement.count(b".") == 2, "not a compact form")
    found = statement.decode().split(".")
    for part in found[:2]:
        unbase64url(part)
    signature_of(found[2])
    return found


def compact(statement, kind, check):
    """Reads a compact statement (bytes): its payload, kid, signing input and signature, which is not verified."""
    first, second, third = parts(statement)
    kid, payload, signature = header(first, kind), object_of(unbase64url(second)), signature_of(third)
    check(payload)
    return payload, kid, statement.rpartition(b".")[0], signature


def manifest_of(statement):
    read = compact(statement, "budstikke-manifest-v1", MANIFEST)
    need(read[0]["type"][0] == read[0]["category"][0], "a category that is not the type's")
    return read


class Roster:
    def __init__(self, line):
        need(len(line) <= ROSTER_BYTES_MAX, "a roster that is too long")
        outer = object_of(line)
        structure({"payload": TEXT, "signatures": listing(structure({"protected": TEXT, "signature": TEXT}, closed=True), 32)},
                  closed=True)(outer)
        payload = unbase64url(outer["payload"])
        self.line, self.digest, self.payload = line, hashlib.sha256(payload).hexdigest(), object_of(payload)
        self.signatures = {header(s["protected"], "budstikke-roster-v1"): (
            ("%s.%s" % (s["protected"], outer["payload"])).encode(), signature_of(s["signature"])) for s in outer["signatures"]}
        need(len(self.signatures) == len(outer["signatures"]), "a signer twice")
        ROSTER(self.payload)
        self.version, self.stewards, self.members = (self.payload[name] for name in ("version", "stewards", "members"))
        need(("previous" in self.payload) == (self.version > 1), "previous")
        need(self.payload["expires"] > self.payload["issued"], "expires before it is issued")
        need(self.payload["threshold"] <= len(self.stewards), "threshold")
        need(len({m["organisation"] for m in self.members}) == len(self.members), "an organisation twice")
        keys = [key["x"] for key in [s["key"] for s in self.stewards] + [
            key for m in self.members for key in [*(m["keys"][u] for u in USES), *(r["key"] for r in m.get("retired_keys", []))]]]
        need(len(set(keys)) == len(keys), "a key twice")

    def fingerprint(self):
        lines = ["budstikke-federation-v1", self.payload["federation"], str(self.payload["threshold"]),
                 *sorted(thumbprint(s["key"]) for s in self.stewards)]
        return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()

    def signed_enough_by(self, other):
        signed = [s for s in other.stewards if thumbprint(s["key"]) in self.signatures
                  and verifies(s["key"], *self.signatures[thumbprint(s["key"])])]
        need(len(signed) >= other.payload["threshold"], "roster-chain", "too few signatures on version %d" % self.version)

    def follows(self, before):
        need(self.version == before.version + 1, "roster-chain", "version %d after %d" % (self.version, before.version))
        self.signed_enough_by(before)
        self.signed_enough_by(self)
        need(self.payload["previous"] == before.digest, "roster-chain", "another roster before")
        need(all(self.payload[n] == before.payload[n] for n in ("federation", "environment")), "roster-chain", "another federation")
        members = {m["organisation"]: m for m in self.members}
        for old in before.members:
            need(old["organisation"] in members, "roster-chain", "a member is gone")
            new = members[old["organisation"]]
            retired = {(r["use"], r["key"]["x"]): r.get("distrusted_from", "never") for r in new.get("retired_keys", [])}
            for use in USES:
                key = old["keys"][use]["x"]
                current = new["keys"][use]["x"] == key
                need(current or (use, key) in retired, "roster-chain", "a key is gone")
            if old["status"] == "revoked" and new["status"] != "revoked":
                had = [(use, old["keys"][use]["x"]) for use in USES] + [(r["use"], r["key"]["x"]) for r in old.get("retired_keys", [])]
                need(all(retired.get(key, "never") != "never" for key in had), "roster-chain", "revoked keys")
            for r in old.get("retired_keys", []):  # as texts, times order as moments do, and before "never"
                now = retired.get((r["use"], r["key"]["x"]))
                need(now and now <= r.get("distrusted_from", "never"), "roster-chain", "a retired key is gone or trusted again")

    def owner(self, kid):
        """The member whose `sign` key this is, that key, and how it stands: federation.md, "Whose key is it"."""
        for m in self.members:
            if thumbprint(m["keys"]["sign"]) == kid:
                return m, m["keys"]["sign"], "revoked" if m["status"] == "revoked" else "current"
        for m in self.members:
            for r in m.get("retired_keys", []):
                if r["use"] == "sign" and thumbprint(r["key"]) == kid:
                    how = "revoked" if m["status"] == "revoked" else "distrusted" if "distrusted_from" in r else "retired"
                    return m, r["key"], how
        return None, None, "unknown"


def accepted(fingerprint, *files):
    """The newest roster of a roster file (its bytes), and of newer ones."""
    return accepted_all(fingerprint, *files)[-1]


def accepted_all(fingerprint, *files):
    """All of them, oldest first."""
    known = {}
    for file_number, file in enumerate(files):
        for line_number, line in enumerate(file.split(b"\n"), 1):
            try:
                if not line.decode("utf-8").strip(WHITE_SPACE):
                    continue
                roster = Roster(line)
            except (Refused, UnicodeDecodeError) as error:
                raise Refused("roster-chain", "line %d: %s" % (line_number, error)) from None
            if not known:
                need(roster.version == 1, "roster-chain", "the first version is %d" % roster.version)
                need(roster.fingerprint() == fingerprint, "wrong-federation", "its fingerprint is %s" % roster.fingerprint())
                roster.signed_enough_by(roster)
            elif file_number and roster.version in known:
                if roster.version == 1:
                    need(roster.fingerprint() == fingerprint, "wrong-federation", "its fingerprint is %s" % roster.fingerprint())
                need(known[roster.version].digest == roster.digest, "roster-chain", "two rosters of version %d" % roster.version)
            else:
                roster.follows(known[max(known)])
            known.setdefault(roster.version, roster)
    need(known, "roster-chain", "no roster")
    return [known[version] for version in sorted(known)]
