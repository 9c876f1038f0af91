"""What a day that was really driven cost, and which promises it kept (engine.md's rolling day).

On a calm day fsbench's own checker judges. Where drives and work took other times than planned it cannot: then the
rules below do, which give the same figures on a calm day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.engine.fs import FsPlan, Instance
from bench.simulator.day import Day, Done
from dispatch.planner.solver.plan import StopKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares are per cent of all such calls of the day, those nobody went to counted as missed."""

    on4: float
    on12: float
    appointments: float
    unassigned: int
    cents: int


def as_driven(day: Day) -> FsPlan:
    """The day in the form of an fsbench plan."""
    return {"routes": [{"engineer": who, "stops": [_stop(one) for one in hand.log]} for who, hand in day.hands.items()]}


def _stop(one: Done) -> dict[str, Any]:
    if one.kind is StopKind.rest:
        return {"t": "break", "start": one.start_s}
    if one.kind is StopKind.depot:
        return {"t": "depot", "id": one.ref, "start": one.start_s, "take": dict(one.takes)}
    return {"t": "visit", "id": one.ref, "start": one.start_s}


def outcome(day: Day, data: Instance) -> Outcome:
    """The day's money and promises by the times that really were; whoever comes late to an appointment is charged
    for it as if he had not come."""
    calls = {one["id"]: one for one in data["visits"]}
    rates = data["rates"]
    starts = {one.ref: (one.start_s, who) for who, hand in day.hands.items() for one in hand.log if one.ref in calls}
    money = sum(call["drop"] for ref, call in calls.items() if ref not in starts)
    for ref, (start, who) in starts.items():
        money += _late(calls[ref], start) + _not_preferred(calls[ref], who)
    for card in data["engineers"]:
        hand = day.hands[card["id"]]
        home = hand.card.shifts[0].end_location
        assert home is not None
        leg = day.noise.drive_s(day.seconds[hand.at][home], hand.at, home)
        drive = leg + sum(one.drive_s for one in hand.log)
        metres = day.metres[hand.at][home] + sum(one.metres for one in hand.log)
        over = max(0, _home_at(hand.log, leg, card["available"]) - card["shift"][1])
        money += drive * rates["travel_h"] / 3600 + metres * rates["km"] / 1000 + over * rates["overtime_h"] / 3600
    return Outcome(
        on4=_kept(calls, starts, "sla4"),
        on12=_kept(calls, starts, "sla12"),
        appointments=_kept(calls, starts, "appt"),
        unassigned=len(calls) - len(starts),
        cents=round(money),
    )


def _home_at(log: list[Done], leg: int, available: int) -> int:
    """When he is home: he leaves after his last work, and a break taken since then interrupts the drive."""
    work = [one for one in log if one.kind is not StopKind.rest]
    left = work[-1].end_s if work else available
    rest = log[-1] if log and log[-1].kind is StopKind.rest else None
    return max(left + leg + rest.end_s - rest.start_s, rest.end_s) if rest else left + leg


def _late(call: Mapping[str, Any], start: int) -> float:
    if "window" in call:
        return float(call["drop"]) if start > call["window"][1] else 0.0
    late = start - call["deadline"]
    return float(call["late_fixed"] + call["late_h"] * late / 3600) if late > 0 else 0.0


def _not_preferred(call: Mapping[str, Any], who: str) -> int:
    return int(call["not_preferred"]) if call.get("preferred") and who not in call["preferred"] else 0


def _kept(calls: Mapping[str, Any], starts: Mapping[str, tuple[int, str]], kind: str) -> float:
    asked = [one for one in calls.values() if one["kind"] == kind]
    kept = sum(1 for one in asked if one["id"] in starts and starts[one["id"]][0] <= one["deadline"])
    return round(100.0 * kept / max(1, len(asked)), 2)
