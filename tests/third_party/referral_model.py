"""Referrals, written from docs/spec/referral.md alone: chains, the order of a thread, its status, and when it is due."""

import base64
import datetime
import hashlib
import json
import zoneinfo

OSLO = zoneinfo.ZoneInfo("Europe/Oslo")
REFERRER, RECEIVER = "referrer", "receiver"
ENDS = {"rejected", "refused", "completed", "redirected"}
RECEIVERS = {
    "accepted", "rejected", "scheduled", "more-information-wanted", "started", "on-hold", "completed", "redirected", "reopened",
}


class Fault(Exception):
    """Why an event cannot follow."""


def need(holds: bool, fault: str) -> None:
    if not holds:
        raise Fault(fault)


class Event:
    def __init__(self, compact: str) -> None:
        payload = compact.split(".")[1]
        self.content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.digest = hashlib.sha256(compact.encode()).hexdigest()
        self.number, self.said = self.content["number"], self.content["said"]
        self.kind, self.time = self.said["kind"], self.content["time"]
        self.seen = self.content.get("seen", {"number": 0})
        author = self.content["author"]
        self.side = REFERRER if author == self.content["referrer"] else RECEIVER


class Referral:
    """What follows from the events taken so far."""

    def __init__(self, request: Event) -> None:
        content = request.content
        is_first = request.kind == "requested" and request.side == REFERRER and request.number == 1
        need(is_first and "seen" not in content, "not-requested")
        self.names = {name: content[name] for name in ("referral", "referrer", "receiver")}
        self.chains: dict[str, list[Event]] = {REFERRER: [request], RECEIVER: []}
        self.stored = {REFERRER: 0, RECEIVER: 0}
        self.answered = {REFERRER: 0, RECEIVER: 0}
        self.withdrawn: Event | None = None
        self.supplied = self.wanted = 0
        self.phase, self.on_hold = "new", False
        self.rounds = [{}]
        self.received = self.counted = self.ended_at = None
        self.seniority = request.said["seniority"]

    def take(self, event: Event, now: str) -> None:
        need(all(event.content[name] == value for name, value in self.names.items()), "other-referral")
        side, other = event.side, RECEIVER if event.side == REFERRER else REFERRER
        own, theirs = self.chains[side], self.chains[other]
        moment = datetime.datetime.fromisoformat
        need((moment(event.time) - moment(now)).total_seconds() <= 300, "not-yet")
        need(event.number > len(own), "known")
        need(event.number == len(own) + 1, "gap")
        need(event.content.get("previous") == (own[-1].digest if own else None), "wrong-previous")
        seen = event.seen["number"]
        need(seen <= len(theirs), "not-held")
        need(seen >= (own[-1].seen["number"] if own else 0), "wrong-seen")
        need(seen == 0 or event.seen["event"] == theirs[seen - 1].digest, "wrong-seen")
        need(seen > 0 or side == REFERRER, "wrong-seen")
        (self.may_referrer if side == REFERRER else self.may_receiver)(event, seen)
        if event.kind == "redirected":
            need(event.said["to"] not in (self.names["referrer"], self.names["receiver"]), "not-a-third")
        if event.kind == "acknowledged":
            known = self.stored if event.said["answer"] == "stored" else self.answered
            need(known[side] < event.said["of"] <= seen, "wrong-acknowledgement")
        self.add(event, seen)

    def may_referrer(self, event: Event, seen: int) -> None:
        need(event.kind != "requested", "already-requested")
        need(event.kind not in RECEIVERS, "wrong-party")
        past = [entry for entry in self.rounds if entry.get("from", 0) <= seen][-1]
        is_ended = past.get("ended", seen + 1) <= seen
        is_begun = past.get("begun", seen + 1) <= seen
        if event.kind == "withdrawn":
            need(self.withdrawn is None, "withdrawn")
            need(not is_ended, "ended")
            need(not is_begun, "begun")
        if event.kind == "supplemented":
            need(not is_ended, "ended")
            need(is_begun or self.withdrawn is None, "withdrawn")

    def may_receiver(self, event: Event, seen: int) -> None:
        kind = event.kind
        need(kind in RECEIVERS or kind in ("message", "acknowledged"), "wrong-party")
        if kind not in RECEIVERS:
            return
        is_ended = self.phase in ENDS
        if self.withdrawn and self.withdrawn.number <= seen and self.phase != "started":
            need(is_ended and kind != "reopened", "withdrawn")
        if kind == "reopened":
            need(self.phase in ("rejected", "completed"), "not-reopenable")
            need(len(self.rounds) <= 8, "reopened-too-often")
            return
        need(not is_ended, "ended")
        if kind == "accepted":
            need(self.phase == "new", "decided")
        if kind in ("scheduled", "started", "on-hold", "completed"):
            need(self.phase != "new", "undecided")
        if kind in ("rejected", "redirected"):
            need(self.phase != "started", "begun")
        if kind == "started":
            need(self.phase != "started" or self.on_hold, "begun")

    def add(self, event: Event, seen: int) -> None:
        kind, said, side = event.kind, event.said, event.side
        self.chains[side].append(event)
        if kind == "acknowledged":
            (self.stored if said["answer"] == "stored" else self.answered)[side] = said["of"]
        if side == REFERRER:
            if kind == "supplemented":
                self.supplied = seen
            if kind == "withdrawn":
                self.withdrawn = event
            return
        was_ended = self.phase in ENDS
        if kind == "acknowledged" and said["answer"] == "stored" and not self.received:
            self.received = self.counted = event.time
        if kind == "acknowledged" and "refused" in said["answer"] and said["of"] == 1 and self.phase == "new":
            if not (self.withdrawn and self.withdrawn.number <= seen):
                self.phase = "refused"
        if kind in ("accepted", "rejected", "completed", "redirected"):
            self.phase = kind
        if kind == "started" or (kind == "scheduled" and self.phase != "started"):
            self.phase = kind
        if kind in ("started", "scheduled"):
            self.on_hold = False
        if kind == "on-hold":
            self.on_hold = True
        if kind == "accepted":
            self.wanted, self.seniority = 0, said.get("seniority", self.seniority)
        if kind == "more-information-wanted":
            self.wanted = event.number
        if kind == "reopened":
            self.phase, self.counted, self.ended_at = "new", event.time, None
            self.rounds.append({"from": event.number})
        if self.phase == "started":
            self.rounds[-1].setdefault("begun", event.number)
        if self.phase in ENDS and not was_ended:
            self.rounds[-1]["ended"] = event.number
            self.ended_at, self.on_hold, self.wanted = event.time, False, 0

    def status(self) -> str:
        if self.phase in ENDS:
            return self.phase
        if self.phase != "started" and self.withdrawn:
            return "withdrawn"
        if self.on_hold:
            return "on-hold"
        if self.phase != "new":
            return self.phase
        if self.wanted > self.supplied:
            return "information-wanted"
        return "received" if self.received else "sent"

    def ended(self) -> str | None:
        if self.status() == "withdrawn":
            return self.ended_at or self.withdrawn.time
        return self.ended_at

    def due(self) -> str | None:
        return due(self.counted)["due"] if self.counted else None


def merge(referrer: list[Event], receiver: list[Event]) -> tuple[Referral, list[str]]:
    """The thread of both chains: what it comes to, and its events in order, with a cross behind those that crossed others."""
    need(bool(referrer), "not-requested")
    referral, order = Referral(referrer[0]), []
    need(all(event.side == REFERRER for event in referrer), "wrong-party")
    need(all(event.side == RECEIVER for event in receiver), "wrong-party")
    left = right = 0
    while left < len(referrer) or right < len(receiver):
        if left < len(referrer) and referrer[left].seen["number"] <= right:
            event, left = referrer[left], left + 1
            others = receiver
        elif right < len(receiver) and receiver[right].seen["number"] <= left:
            event, right = receiver[right], right + 1
            others = referrer
        else:
            raise Fault("not-held")
        if event is not referrer[0]:
            referral.take(event, event.time)
        others = [other for other in others[event.seen["number"] :] if other.seen["number"] < event.number]
        is_crossed = event.kind != "acknowledged" and any(other.kind != "acknowledged" for other in others)
        order.append(f"{event.side} {event.number} {event.kind}{' ×' if is_crossed else ''}")
    return referral, order


def easter(year: int) -> datetime.date:
    """Knuth, The Art of Computer Programming, volume 1, section 1.3.2, exercise 14."""
    golden, century = year % 19 + 1, year // 100 + 1
    skipped, lunar = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - skipped - 10
    epact = (11 * golden + 20 + lunar - skipped) % 30
    epact += epact == 24 or (epact == 25 and golden > 11)
    moon = 44 - epact
    moon += 30 if moon < 21 else 0
    moon += 7 - (sunday + moon) % 7
    return datetime.date(year, 3, 1) + datetime.timedelta(moon - 1)


def is_working_day(day: datetime.date) -> bool:
    fixed = {(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)}
    moved = {easter(day.year) + datetime.timedelta(days) for days in (-3, -2, 0, 1, 39, 49, 50)}
    return day.weekday() < 5 and (day.month, day.day) not in fixed and day not in moved


def due(moment: str) -> dict[str, str]:
    """The day in Norway, by the time zone data of the system, and the tenth working day after it."""
    received = datetime.datetime.fromisoformat(moment).astimezone(OSLO).date()
    day = received
    for _ in range(10):
        day += datetime.timedelta(1)
        while not is_working_day(day):
            day += datetime.timedelta(1)
    return {"day": str(received), "due": str(day)}
