#!/usr/bin/env python3
"""A node on py-libp2p, written from docs/spec alone: asks a node as a member, finds out what a stranger gets, or serves a document.

peer.py dial ADDRESS PEER_ID --seed HEX --sign HEX … hello | roster VERSION | list | get DOCUMENT FILE
peer.py dial ADDRESS PEER_ID --seed HEX --sign HEX … visit DOCUMENT FILE | probe DOCUMENT
peer.py serve ADDRESS --seed HEX --sign HEX … EVIDENCE

`visit` is hello, list, get and a question to be dialled back, on one connection. `read_keyring.py` tells the peer id and the
seeds of a node.
"""

import argparse
import hashlib
import json
import logging
import secrets
import struct
import sys
import tarfile
import time
from contextlib import asynccontextmanager
from datetime import datetime, timezone

import cbor2
import trio
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from libp2p import new_host
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.exceptions import BaseLibp2pError
from libp2p.network.stream.exceptions import StreamEOF
from libp2p.peer.id import ID
from libp2p.protocol_muxer.multiselect_client import MultiselectClient
from libp2p.protocol_muxer.multiselect_communicator import MultiselectCommunicator
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as Noise
from libp2p.stream_muxer.exceptions import MuxedStreamEOF
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.stream_muxer.yamux.yamux import Yamux
from libp2p.transport.tcp.tcp import TCP
from libp2p.transport.upgrader import TransportUpgrader
from multiaddr import Multiaddr

from blake3_tree import PARENT, ROOT, SUBTREE_BYTES, join, subtree_hash
from rosters import (ROSTER_BYTES_MAX, STATEMENT_BYTES_MAX, Refused, Roster, accepted, base64url, compact, manifest_of, need,
                     thumbprint, verifies)
from verify_evidence import patient_allowed

HELLO, ROSTER, INDEX, DOCUMENT, REACH = ("/budstikke/%s/1" % name for name in ("hello", "roster", "index", "document", "reach"))
QUESTION_SECONDS, STALL_SECONDS = 20, 15
HELLO_MAX, HEAD_MAX, LIST_MAX, REACH_MAX = 256, STATEMENT_BYTES_MAX + 64, 2_627_584, 2_624
DATA, WINDOW, SYN, FIN, RST = 0, 1, 1, 4, 8  # of Yamux


class Self:
    """Who this node is, and the federation as it knows it."""

    def __init__(self, args):
        with open(args.rosters, "rb") as file:
            self.roster = accepted(args.federation, file.read())
        self.libp2p_key = create_new_key_pair(bytes.fromhex(args.seed))
        self.sign_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(args.sign))
        self.person, self.role = args.person.split(":")
        self.purpose = args.purpose
        self.member = self.member_of(self.libp2p_key.public_key.to_bytes())

    def member_of(self, node_key):
        """The active member with this node key; None for a stranger."""
        active = [m for m in self.roster.members if m["status"] == "active"]
        return next((m for m in active if m["keys"]["node"]["x"] == base64url(node_key)), None)

    def question(self, ask, audience):
        # A stranger takes the name of another member.
        members = [m["organisation"] for m in self.roster.members]
        organisation = self.member["organisation"] if self.member else next(o for o in members if o != audience)
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        payload = {"organisation": organisation, "person": self.person, "role": self.role, "purpose": self.purpose,
                   "audience": audience, "time": now, "nonce": base64url(secrets.token_bytes(16)), "ask": ask}
        key = {"x": base64url(self.sign_key.public_key().public_bytes_raw())}
        header = {"alg": "EdDSA", "kid": thumbprint(key), "typ": "budstikke-question-v1"}
        signing_input = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload))
        return signing_input + "." + base64url(self.sign_key.sign(signing_input.encode()))

    def hello(self):
        roster = {"version": self.roster.version, "digest": bytes.fromhex(self.roster.digest)}
        return {"roster": roster, "time": int(time.time())}

    def checked_manifest(self, text, custodian):
        """What the asker must check of a manifest: wire.md, "Index"."""
        manifest, kid, signing_input, signature = manifest_of(text.encode())
        owner, key, standing = self.roster.owner(kid)
        need(owner and manifest["organisation"] == owner["organisation"] == custodian, "signed by somebody else")
        need(standing in ("current", "retired") and verifies(key, signing_input, signature), "the signature does not count")
        patient_allowed(manifest["patient"], self.roster.payload["environment"])
        return manifest


def node_key_of(peer_id):
    """The Ed25519 key in a peer id: wire.md, "Identity"."""
    prefix = bytes.fromhex("002408011220")
    need(peer_id.to_bytes().startswith(prefix) and len(peer_id.to_bytes()) == 38, "not the peer id of an Ed25519 key")
    return peer_id.to_bytes()[len(prefix):]


def message(data, most):
    """One CBOR item as a writer must write it: shortest, nothing twice, nothing behind it."""
    need(0 < len(data) <= most, "a message of %d bytes" % len(data))
    try:
        value = cbor2.loads(data)
    except cbor2.CBORDecodeError as error:
        raise Refused("not CBOR: %s" % error) from None
    need(cbor2.dumps(value) == data, "CBOR in another form")
    return value


def alternative(value, name):
    """The value of this alternative of an answer; a refusal, or another one, is refused."""
    need(isinstance(value, dict) and list(value) == [name], "answer: %r" % (value,))
    return value[name]


class Stream:
    """The few operations that the protocols need, on a stream of py-libp2p of either layer."""

    def __init__(self, stream):
        self.stream, self.taken = stream, b""
        self.write = stream.write
        self.close_write = getattr(stream, "close_write", stream.close)

    async def part(self):
        """The next bytes; none at the end of the direction."""
        try:
            return await self.stream.read(1 << 16)
        except (StreamEOF, MuxedStreamEOF):
            return b""

    async def all(self, most):
        data = b""
        while part := await self.part():
            data += part
            need(len(data) <= most, "more than %d bytes" % most)
        return data

    async def exactly(self, count):
        while len(self.taken) < count and (part := await self.part()):
            self.taken += part
        need(len(self.taken) >= count, "the stream ended early")
        data, self.taken = self.taken[:count], self.taken[count:]
        return data

    async def frame(self, most):
        with trio.fail_after(STALL_SECONDS):
            length = int.from_bytes(await self.exactly(4), "big")
            need(length <= most, "a frame of %d bytes, where %d can come" % (length, most))
            return await self.exactly(length)

    async def write_frame(self, data):
        await self.write(len(data).to_bytes(4, "big") + data)


class Connection:
    """A connection that was dialled, below py-libp2p's swarm, which would dial again where we want to see the end."""

    def __init__(self, muxed):
        self.muxed = muxed

    async def open(self, protocol):
        stream = await self.muxed.open_stream()
        await MultiselectClient().select_one_of([protocol], MultiselectCommunicator(stream), QUESTION_SECONDS)
        return Stream(stream)

    async def ask(self, protocol, question, most):
        with trio.fail_after(QUESTION_SECONDS):
            stream = await self.open(protocol)
            await stream.write(cbor2.dumps(question))
            await stream.close_write()
            return message(await stream.all(most), most)


def noise(ours):
    return {NOISE: Noise(ours.libp2p_key, noise_privkey=create_noise_key_pair().private_key)}


def upgrader(ours):
    return TransportUpgrader(noise(ours), {YAMUX: Yamux})


@asynccontextmanager
async def connected(ours, address, peer_id):
    with trio.fail_after(QUESTION_SECONDS):
        raw = await TCP().dial(Multiaddr(address))
        secure = await upgrader(ours).upgrade_security(raw, True, peer_id)
        muxed = await upgrader(ours).upgrade_connection(secure, peer_id)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(muxed.start)
        await muxed.event_started.wait()
        yield Connection(muxed)
        await muxed.close()
        nursery.cancel_scope.cancel()


async def say_hello(ours, connection):
    theirs = await connection.ask(HELLO, ours.hello(), HELLO_MAX)
    need(isinstance(theirs["roster"]["version"], int) and len(theirs["roster"]["digest"]) == 32, "not a hello")
    return theirs


async def ask_list(ours, connection, custodian):
    """All pages, each manifest checked."""
    manifests, unreadable, after = [], 0, None
    for _ in range(1000):
        ask = {"list": {} if after is None else {"after": after}}
        page = alternative(await connection.ask(INDEX, {"list": ours.question(ask, custodian)}, LIST_MAX), "list")
        unreadable, asked = unreadable + page["unreadable"], after
        need(len(page["manifests"]) <= 64, "a page that is too long")
        for text in page["manifests"]:
            manifest = ours.checked_manifest(text, custodian)
            need(after is None or manifest["document"] > after, "ids do not ascend")
            manifests.append(manifest)
            after = manifest["document"]
        if "next" not in page:
            return manifests, unreadable
        need((asked is None or page["next"] > asked) and (after is None or page["next"] >= after), "the next page is behind")
        after = page["next"]
    raise Refused("too many pages")


async def fetch(ours, connection, custodian, document):
    """The bytes of the document, verified as document.md says."""
    stream = await connection.open(DOCUMENT)
    ask = {"read": {"document": document}}
    await stream.write_frame(cbor2.dumps({"question": ours.question(ask, custodian), "first": 0}))
    head = alternative(message(await stream.frame(HEAD_MAX), HEAD_MAX), "document")
    manifest = ours.checked_manifest(head["manifest"], custodian)
    need(manifest["document"] == document, "another document")
    count = -(-manifest["size"] // SUBTREE_BYTES)
    flat = await stream.frame(32 * count)
    need(len(flat) == (32 * count if count > 1 else 0), "a list of %d bytes for %d subtrees" % (len(flat), count))
    hashes = [flat[at:at + 32] for at in range(0, len(flat), 32)]
    need(count == 1 or join(hashes, PARENT | ROOT).hex() == manifest["blake3"], "the list does not lead to the root")
    data = b""
    for number in range(count):
        length = min(SUBTREE_BYTES, manifest["size"] - number * SUBTREE_BYTES)
        subtree = await stream.frame(length)
        need(len(subtree) == length, "a subtree of %d bytes" % len(subtree))
        right = subtree_hash(subtree, number) == hashes[number] if count > 1 else blake3(subtree).hexdigest() == manifest["blake3"]
        need(right, "subtree %d is another" % number)
        data += subtree
    need(hashlib.sha256(data).hexdigest() == manifest["sha256"], "the SHA-256 is another")
    need(blake3(data).hexdigest() == manifest["blake3"], "the BLAKE3 is another")
    await stream.close_write()
    need(await stream.part() == b"", "something stands behind the document")
    return data


def lines(*protocols):
    """The negotiation of multistream-select."""
    return b"".join(bytes([len(line) + 1]) + line.encode() + b"\n" for line in ("/multistream/1.0.0", *protocols))


def yamux(kind, flags, stream, length):
    return struct.pack(">BBHII", 0, kind, flags, stream, length)


async def what_comes_back(ours, address, peer_id, protocol, question):
    """Sends everything at once behind the Noise handshake; all bytes that come, until the stream or the connection ends."""
    raw = await TCP().dial(Multiaddr(address))
    secure = await upgrader(ours).upgrade_security(raw, True, peer_id)
    got = bytearray()
    try:
        sent = lines(protocol) + question
        await secure.write(lines(YAMUX) + yamux(WINDOW, SYN, 1, 0) + yamux(DATA, 0, 1, len(sent)) + sent + yamux(WINDOW, FIN, 1, 0))
        while not stream_bytes(got)[1] and (part := await secure.read()):
            got += part
    except BaseLibp2pError:
        pass
    else:
        await secure.close()
    return got


def stream_bytes(got):
    """How many of these bytes stand in our stream, number 1, and whether it has ended."""
    count, at = 0, len(lines(YAMUX))
    while at + 12 <= len(got):
        _, kind, flags, number, length = struct.unpack_from(">BBHII", got, at)
        at += 12 + (length if kind == DATA else 0)
        if number == 1:
            count += length if kind == DATA else 0
            if flags & (FIN | RST):
                return count, True
    return count, False


async def probe(ours, address, peer_id, custodian, document):
    """What is answered to a question of each protocol; False when nothing is."""
    # Behind the last subtree: the list is enough, and we give the stream no more window than it has.
    get = cbor2.dumps({"question": ours.question({"read": {"document": document}}, custodian), "first": 1 << 20})
    questions = {
        HELLO: cbor2.dumps(ours.hello()), ROSTER: cbor2.dumps({"version": 1}),
        INDEX: cbor2.dumps({"list": ours.question({"list": {}}, custodian)}), DOCUMENT: len(get).to_bytes(4, "big") + get,
        REACH: cbor2.dumps({}), "/ipfs/ping/1.0.0": bytes(32), "/ipfs/id/1.0.0": b""}
    answered = False
    for protocol, question in questions.items():
        with trio.fail_after(QUESTION_SECONDS):
            got = await what_comes_back(ours, address, peer_id, protocol, question)
        count, ended = stream_bytes(got)
        print("%s: %s, %d bytes, %d of them in a stream" % (
            protocol, "stream ended" if ended else "connection closed", len(got), count))
        answered = answered or bool(got)
    return answered


async def serve(ours, address, evidence):
    """Serves one document out of an evidence file, to the members of the roster, until standard input ends.

    A node has to close the connection of a stranger; here only its streams end.
    """
    with tarfile.open(evidence) as archive:
        manifest_text, data = (archive.extractfile(name).read() for name in ("manifest.jws", "document"))
    manifest = manifest_of(manifest_text)[0]
    host = new_host(key_pair=ours.libp2p_key, muxer_opt={YAMUX: Yamux}, sec_opt=noise(ours))

    def answering(protocol, most, answer):
        async def handle(net_stream):
            stream = Stream(net_stream)
            with trio.fail_after(QUESTION_SECONDS):
                peer = ours.member_of(node_key_of(net_stream.muxed_conn.peer_id))
                need(peer, "a stranger")
                question = message(await stream.all(most + 1), most)
                await stream.write(cbor2.dumps(answer(question, peer)))
                await stream.close_write()
            print(protocol, flush=True)
        host.set_stream_handler(protocol, handle)

    def answer_roster(question, _):
        return {"roster": ours.roster.line.decode()} if question["version"] == ours.roster.version else "unknown"

    def permitted(text, peer):
        payload, kid, signing_input, signature = compact(text.encode(), "budstikke-question-v1", lambda _: None)
        key = peer["keys"]["sign"]
        need(payload["organisation"] == peer["organisation"] and payload["audience"] == ours.member["organisation"], "another's")
        need(kid == thumbprint(key) and verifies(key, signing_input, signature), "the signature does not count")
        return payload["ask"]

    def answer_index(question, peer):
        if "list" not in question:
            return "unknown"  # This node has no log.
        need(permitted(question["list"], peer).keys() == {"list"}, "not a list")
        return {"list": {"manifests": [manifest_text.decode()], "unreadable": 0}}

    async def handle_document(net_stream):
        stream = Stream(net_stream)
        peer = ours.member_of(node_key_of(net_stream.muxed_conn.peer_id))
        need(peer, "a stranger")
        get = message(await stream.frame(40_960), 40_960)
        need(permitted(get["question"], peer) == {"read": {"document": manifest["document"]}}, "another document")
        subtrees = [data[at:at + SUBTREE_BYTES] for at in range(0, len(data), SUBTREE_BYTES)]
        hashes = [subtree_hash(subtree, number) for number, subtree in enumerate(subtrees)] if len(subtrees) > 1 else []
        await stream.write_frame(cbor2.dumps({"document": {"manifest": manifest_text.decode()}}))
        await stream.write_frame(b"".join(hashes))
        for subtree in subtrees[get["first"]:]:
            await stream.write_frame(subtree)
        need(await stream.part() == b"", "another question")
        await stream.close_write()
        print(DOCUMENT, flush=True)

    answering(HELLO, HELLO_MAX, lambda *_: ours.hello())
    answering(ROSTER, 64, answer_roster)
    answering(INDEX, 204_800, answer_index)
    host.set_stream_handler(DOCUMENT, handle_document)
    async with host.run(listen_addrs=[Multiaddr(address)]):
        print("serving", manifest["document"], flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)


async def dial(ours, args):
    peer_id = ID.from_base58(args.peer_id)
    custodian = ours.member_of(node_key_of(peer_id))
    need(custodian, "the peer is not an active member")
    organisation = custodian["organisation"]
    if args.action == "probe":
        need(await probe(ours, args.address, peer_id, organisation, args.document), "nothing was answered")
        return
    async with connected(ours, args.address, peer_id) as connection:
        theirs = await say_hello(ours, connection)
        if args.action in ("hello", "visit"):
            print("roster version %d, %s" % (theirs["roster"]["version"], theirs["roster"]["digest"].hex()))
            need(theirs["roster"] == ours.hello()["roster"], "another roster than ours")
        if args.action == "roster":
            answer = await connection.ask(ROSTER, {"version": args.version}, ROSTER_BYTES_MAX + 64)
            roster = Roster(alternative(answer, "roster").encode())
            need(roster.version == args.version, "another version")
            print("roster version %d, %s" % (roster.version, roster.digest))
        if args.action in ("list", "visit"):
            manifests, unreadable = await ask_list(ours, connection, organisation)
            for manifest in manifests:
                print(manifest["document"], manifest["size"], manifest["type"])
            print("%d documents, %d unreadable" % (len(manifests), unreadable))
        if args.action in ("get", "visit"):
            data = await fetch(ours, connection, organisation, args.document)
            with open(args.file, "wb") as file:
                file.write(data)
            print("%d bytes verified" % len(data))
        if args.action == "visit":
            for tried in alternative(await connection.ask(REACH, {}, REACH_MAX), "tried"):
                need(tried["outcome"] in ("reached", "somebody-else", "unreached"), "an unknown outcome")
                print("dialled back at", tried["address"])


def arguments():
    parser = argparse.ArgumentParser(description="A node on py-libp2p.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("dial", "serve"):
        command = commands.add_parser(name)
        command.add_argument("address")
        if name == "dial":
            command.add_argument("peer_id")
        command.add_argument("--seed", required=True, help="of the node key, in hex")
        command.add_argument("--sign", required=True, help="seed of the sign key, in hex")
        command.add_argument("--rosters", required=True, help="the roster file")
        command.add_argument("--federation", required=True, help="its fingerprint")
        command.add_argument("--person", default="999000303:LE", help="HPR number and role of who asks")
        command.add_argument("--purpose", default="TREAT")
        if name == "serve":
            command.add_argument("evidence")
            continue
        actions = command.add_subparsers(dest="action", required=True)
        for action, names in (("hello", ()), ("roster", ("version",)), ("list", ()), ("get", ("document", "file")),
                              ("visit", ("document", "file")), ("probe", ("document",))):
            action = actions.add_parser(action)
            for each in names:
                action.add_argument(each, type=int if each == "version" else str)
    return parser.parse_args()


def causes(error):
    """The exceptions in a group of them, which a nursery makes of one too."""
    return [cause for part in error.exceptions for cause in causes(part)] if hasattr(error, "exceptions") else [error]


def main():
    args = arguments()
    logging.getLogger("libp2p").setLevel(logging.CRITICAL)
    try:
        if args.command == "serve":
            trio.run(serve, Self(args), args.address, args.evidence)
        else:
            trio.run(dial, Self(args), args)
    except Exception as error:
        if not all(isinstance(cause, (Refused, BaseLibp2pError, trio.TooSlowError)) for cause in causes(error)):
            raise
        sys.exit("refused: " + "; ".join(str(cause) for cause in causes(error)))


if __name__ == "__main__":
    main()
