"""Vans, depots, substitutes, and pieces that several routes want."""

from __future__ import annotations

from dispatch.planner.solver.problem import Pin, Travel, TravelBand
from tests.dispatch.planner.cases import NINE, at
from tests.dispatch.planner.optima.world import (
    DRIVE,
    METRES,
    SLOW,
    Case,
    between,
    day,
    due,
    job,
    man,
    needs,
    shift,
    store,
)

A = man("A", 0)
RUSH = Travel(METRES, (SLOW, DRIVE), (TravelBand(0, 0), TravelBand(at(10), 1)))

ALONE = [
    Case(
        "a piece in the van",
        40,
        "Only B's van has one.",
        day((A, man("B", 40, van={"X": 1})), (job("J", 0, parts=needs("X")),)),
    ),
    Case(
        "a piece from the depot",
        20,
        "The depot lies on the way; B would come from 60 with his own.",
        day((A, man("B", 60, van={"X": 1})), (job("J", 20, parts=needs("X")),), store("D", 10, {"X": 1}, 10)),
    ),
    Case(
        "handling takes its time",
        120,
        "Ten minutes at the counter make J late.",
        day((A,), (job("J", 20, parts=needs("X"), commitments=due(at(9, 20))),), store("D", 10, {"X": 1}, 10)),
    ),
    Case(
        "a depot opens late",
        40,
        "D opens at 11:00, which would cost ¥220; B has one and drives 40.",
        day(
            (A, man("B", 60, van={"X": 1})),
            (job("J", 20, parts=needs("X"), commitments=due(at(10))),),
            store("D", 10, {"X": 1}, 10, windows=between(at(11), at(12))),
        ),
    ),
    Case(
        "a depot is shut for the day",
        1000,
        "Nobody else has one.",
        day((A,), (job("J", 20, parts=needs("X")),), store("D", 10, {"X": 1}, windows=between(at(7), at(8)))),
    ),
    Case(
        "a substitute will do",
        0,
        "Y is aboard; X would be 20 minutes there and back.",
        day((man("A", 0, van={"Y": 1}),), (job("J", 0, parts=needs("X", or_else="Y")),), store("D", 10, {"X": 1})),
    ),
    Case(
        "several pieces, one of them aboard",
        20,
        "A has X and fetches Y ten minutes away; C has both, but at 60.",
        day(
            (man("A", 0, van={"X": 1}), man("C", 60, van={"X": 1, "Y": 1})),
            (job("J", 0, parts=needs("X", "Y")),),
            store("D", 10, {"Y": 1}),
        ),
    ),
    Case(
        "two depot calls",
        40,
        "D1 ten minutes back, then past D2 to J.",
        day(
            (man("A", 20),),
            (job("J", 40, parts=needs("X", "Y")),),
            store("D1", 10, {"X": 1}),
            store("D2", 30, {"Y": 1}),
        ),
    ),
    Case(
        "one depot that has both rather than two",
        40,
        "D3 is ten minutes past J; D1 and D2 would be 50.",
        day(
            (man("A", 10),),
            (job("J", 30, parts=needs("X", "Y")),),
            store("D1", 5, {"X": 1}),
            store("D2", 55, {"Y": 1}),
            store("D3", 40, {"X": 1, "Y": 1}),
        ),
    ),
    Case(
        "one piece for two visits",
        220,
        "J (¥300) takes the only piece, K (¥200) is left out.",
        day(
            (A, man("B", 40)),
            (job("J", 20, left=300, parts=needs("X")), job("K", 40, left=200, parts=needs("X"))),
            store("D", 10, {"X": 1}),
        ),
    ),
    Case(
        "one van, two shifts, one piece",
        210,
        "J takes it in the morning; nothing is left for K in the afternoon.",
        day(
            (man("A", shift(0, end=at(12)), shift(0, start=at(13), end=at(18)), van={"X": 1}),),
            (
                job("J", 10, left=300, parts=needs("X")),
                job("K", 10, left=200, parts=needs("X"), windows=between(at(13), at(17))),
            ),
        ),
    ),
    Case(
        "two of the same",
        20,
        "One aboard, the other from the depot ten minutes off.",
        day(
            (man("A", 0, van={"X": 1}),),
            (job("J", 0, parts=needs("X")), job("K", 0, parts=needs("X"))),
            store("D", 10, {"X": 5}),
        ),
    ),
]

TOGETHER = [
    Case(
        "work while the depot is shut",
        20,
        "J first; the depot opens at ten and K is reached by 10:30.",
        day(
            (A,),
            (job("J", 0, 60, commitments=due(at(9, 30))), job("K", 20, parts=needs("X"), commitments=due(at(10, 30)))),
            store("D", 10, {"X": 1}, 10, windows=between(at(10), at(12))),
        ),
    ),
    Case(
        "a substitute leaves the good piece",
        30,
        "One X, one Y in store: J takes Y, because K takes nothing but X.",
        day(
            (A,),
            (job("J", 20, parts=needs("X", or_else="Y")), job("K", 30, parts=needs("X"))),
            store("D", 10, {"X": 1, "Y": 1}),
        ),
    ),
    Case(
        "a substitute saves the piece aboard",
        30,
        "X aboard is for K; J takes the Y from the depot on the way.",
        day(
            (man("A", 0, van={"X": 1}),),
            (job("J", 30, parts=needs("X", or_else="Y")), job("K", 20, parts=needs("X"))),
            store("D", 10, {"Y": 1}),
        ),
    ),
    Case(
        "one store, two routes",
        65,
        "Both want D1's only piece; it is A's (15), and B goes by D2 (50).",
        day(
            (man("A", 45), man("B", 70)),
            (
                job("J", 40, parts=needs("X"), barred=frozenset({"B"})),
                job("K", 60, parts=needs("X"), barred=frozenset({"A"})),
            ),
            store("D1", 50, {"X": 1}),
            store("D2", 90, {"X": 1}),
        ),
    ),
    Case(
        "one call for two visits",
        40,
        "Ten back to the depot, then both.",
        day((man("A", 10),), (job("J", 20, parts=needs("X")), job("K", 30, parts=needs("X"))), store("D", 0, {"X": 2})),
    ),
    Case(
        "the van for one, the store for the other",
        50,
        "X aboard for J; the depot lies on the way to K.",
        day(
            (man("A", 0, van={"X": 1}),),
            (job("J", 10, parts=needs("X")), job("K", 50, parts=needs("X"))),
            store("D", 30, {"X": 1}),
        ),
    ),
    Case(
        "two calls in two stores' hours",
        40,
        "D1 shuts at 9:15 and D2 opens at 10:00: back, forth, and J at 10:10.",
        day(
            (man("A", 20),),
            (job("J", 40, parts=needs("X", "Y"), commitments=due(at(10, 15))),),
            store("D1", 10, {"X": 1}, windows=between(NINE, at(9, 15))),
            store("D2", 30, {"Y": 1}, windows=between(at(10), at(11))),
        ),
    ),
    Case(
        "the depot call and the due time of another",
        130,
        "Fetching X first would make K late for ¥300; J is late for ¥100 instead.",
        day(
            (A,),
            (job("J", 20, parts=needs("X"), commitments=due(at(9, 20))), job("K", 0, commitments=due(NINE, 300))),
            store("D", 25, {"X": 1}),
        ),
    ),
    Case(
        "standby and the piece aboard",
        20,
        "B has the piece and is held for the flood season; A fetches one.",
        day(
            (A, man("B", shift(5, standby="flood"), van={"X": 1})),
            (job("J", 0, parts=needs("X")),),
            store("D", 10, {"X": 1}),
        ),
    ),
    Case(
        "pinned without a piece",
        60,
        "A it must be, so he fetches it 30 off; B has one aboard.",
        day((A, man("B", 0, van={"X": 1})), (job("J", 0, pin=Pin("A"), parts=needs("X")),), store("D", 30, {"X": 1})),
    ),
    Case(
        "work under way takes no second piece",
        0,
        "What J needed is out of the van already; the X aboard is K's.",
        day(
            (man("A", shift(0, start=at(8)), van={"X": 1}),),
            (job("J", 0, 60, pin=Pin("A", start_s=at(8, 30)), parts=needs("X")), job("K", 0, parts=needs("X"))),
        ),
    ),
    Case(
        "two shifts, one van, a substitute",
        0,
        "The morning's J takes Y, so that X is left for the evening's K.",
        day(
            (man("A", shift(0, end=at(12)), shift(0, start=at(13), end=at(18)), van={"X": 1, "Y": 1}),),
            (
                job("J", 0, parts=needs("X", or_else="Y")),
                job("K", 0, parts=needs("X"), windows=between(at(14), at(15))),
            ),
        ),
    ),
    Case(
        "a depot on the way home",
        60,
        "Out to J past the depot and home again: the call costs nothing on top.",
        day((man("A", shift(0, home=0)),), (job("J", 30, parts=needs("X")),), store("D", 10, {"X": 1})),
    ),
    Case(
        "a depot call in the rush",
        50,
        "K first: by then the road is fast, 25 out to the depot and 25 back to J.",
        day((A,), (job("J", 0, parts=needs("X")), job("K", 0, 60)), store("D", 25, {"X": 1}), travel=RUSH),
    ),
]
