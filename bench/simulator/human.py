"""What a dispatcher without an engine does on a day (fsbench's rule): append, and never put a list in another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.engine.fs import fsbench
from bench.simulator.day import Agenda, Day
from dispatch.planner.solver.plan import Stop, StopKind, Use


@dataclass(frozen=True, slots=True)
class Append:
    """Calls by due time, each to the nearest who can be on time at the end of his list, else to who is there first.

    A visit that its engineer can do no more goes back to the pile.
    """

    data: Mapping[str, Any]

    def __call__(self, day: Day, now: int, agenda: Agenda) -> dict[str, list[Stop]]:
        hands = self._hands(day, now)
        calls = {one["id"]: one for one in self.data["visits"]}
        world = {**self.data, "depots": self._depots(day)}
        fetched: dict[tuple[str, str], int] = {}
        append = fsbench("greedy").append
        placed: set[str] = set()
        for who, stops in agenda.items():
            for stop in stops:
                visit = who in hands and stop.kind is StopKind.visit
                if visit and append(hands[who], calls[stop.ref], world, fetched, True):
                    placed.add(stop.ref)
        waiting = [calls[visit.id] for visit in day.open_visits(now) if visit.id not in placed]
        for call in sorted(waiting, key=_urgency):
            self._place(call, hands, world, fetched)
        return {who: [_stop(one, calls) for one in hand.stops] for who, hand in hands.items() if hand.stops}

    def _hands(self, day: Day, now: int) -> dict[str, Any]:
        """Everybody's list as fsbench keeps it, empty, from where he is free next."""
        state = fsbench("greedy").State
        spots = {day.visits[one["id"]].location: one["xy"] for one in self.data["visits"]}
        spots |= {day.depots[one["id"]].location: one["xy"] for one in self.data["depots"]}
        hands: dict[str, Any] = {}
        for card in self.data["engineers"]:
            hand = day.hands[card["id"]]
            hands[card["id"]] = one = state(card)
            one.t, one.van, one.brk = hand.seems_free_s(now), dict(hand.van), hand.rested
            one.xy = spots.get(hand.at, card["start"])
        return hands

    def _depots(self, day: Day) -> list[dict[str, Any]]:
        return [{**one, "stock": dict(day.stock[one["id"]])} for one in self.data["depots"]]

    def _place(
        self, call: Mapping[str, Any], hands: Mapping[str, Any], world: Mapping[str, Any], fetched: dict[Any, int]
    ) -> None:
        append, able = fsbench("greedy").append, fsbench("greedy").able
        found = [
            (made[0], made[1], who)
            for who, hand in hands.items()
            if able(hand.e, call) and (made := append(hand, call, world, fetched))
        ]
        in_time = [one for one in found if one[0] <= call["deadline"]]
        if in_time:
            who = min(in_time, key=lambda one: (one[1], one[0], one[2]))[2]
        elif found:
            start, _, who = min(found)
            if call["late_fixed"] + call["late_h"] * (start - call["deadline"]) / 3600 > call["drop"]:
                return
        else:
            return
        append(hands[who], call, world, fetched, True)


def _urgency(call: Mapping[str, Any]) -> int:
    if "window" in call:
        return int(call["window"][0]) + 3600
    return int(call["deadline"]) - (7200 if call["level"] == 1 else 0)


def _stop(one: Mapping[str, Any], calls: Mapping[str, Any]) -> Stop:
    start = int(one["start"])
    if one["t"] == "break":
        return Stop(StopKind.rest, "", start, start, start)
    if one["t"] == "depot":
        return Stop(StopKind.depot, one["id"], start, start, start, takes=one["take"])
    part = calls[one["id"]].get("part")
    return Stop(StopKind.visit, one["id"], start, start, start, uses=(Use(part, part, 1),) if part else ())
