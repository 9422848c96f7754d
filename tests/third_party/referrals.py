"""Referrals: joserfc finds every event signed, and a reader of docs/spec/referral.md comes to the same threads and days."""

import warnings

import joserfc.errors
import joserfc.jwk
import joserfc.jws

import referral_model
from referral_model import Event, Fault, merge
from vectors import Findings, Vector, read

ALGORITHMS = ["EdDSA", "Ed25519"]


def verifies(compact: str, keys: list[dict]) -> bool:
    """Whether the key of its author's side has signed an event."""
    key = keys[0 if Event(compact).side == referral_model.REFERRER else 1]
    try:
        signed = joserfc.jws.deserialize_compact(compact, joserfc.jwk.OKPKey.import_key(key), algorithms=ALGORITHMS)
    except joserfc.errors.JoseError:
        return False
    return signed.headers()["typ"] == "budstikke-referral-event-v1"


def thread(input: dict) -> dict | str:
    try:
        referral, order = merge(*([Event(compact) for compact in input[side]] for side in ("referrer", "receiver")))
    except Fault as fault:
        return str(fault)
    found = {"status": referral.status(), "order": order, "seniority": referral.seniority}
    found |= {"due": referral.due(), "ended": referral.ended()}
    return {name: value for name, value in found.items() if value is not None}


def after(input: dict, compact: str) -> str:
    """The status that an event leads to, or the fault behind an exclamation mark."""
    referral, _ = merge(*([Event(it) for it in input[side]] for side in ("referrer", "receiver")))
    try:
        referral.take(Event(compact), input["now"])
    except Fault as fault:
        return f"!{fault}"
    return referral.status()


def check_steps(findings: Findings, vector: Vector) -> None:
    input = vector.input
    events = [*input["referrer"], *input["receiver"], *input["next"].values()]
    findings.compare(f"{vector.name}: signatures", all(verifies(event, input["keys"]) for event in events), True)
    for name, compact in input["next"].items():
        findings.compare(f"{vector.name}: {name}", after(input, compact), vector.accepted["next"][name])


def main() -> None:
    findings = Findings()
    for vector in read("referral-step"):
        check_steps(findings, vector)
    for vector in read("referral-thread"):
        findings.compare(vector.name, thread(vector.input), vector.accepted or vector.refused)
    for vector in read("referral-due"):
        findings.compare(vector.name, referral_model.due(vector.input["received"]), vector.accepted)
    for vector in read("easter"):
        years = range(vector.input["from"], vector.input["to"] + 1)
        findings.compare(vector.name, [str(referral_model.easter(year)) for year in years], vector.accepted)
    findings.end()


if __name__ == "__main__":
    # RFC 9864 would rather have EdDSA called Ed25519.
    warnings.simplefilter("ignore")
    main()
