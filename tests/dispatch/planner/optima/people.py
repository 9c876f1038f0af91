"""Skills, wishes, pins, work under way, standby, crews and orders of work."""

from __future__ import annotations

from dispatch.planner.solver.problem import Incumbent, Pin
from tests.dispatch.planner.cases import HOUR, NINE, at
from tests.dispatch.planner.optima.world import (
    Case,
    between,
    day,
    due,
    holds,
    job,
    man,
    needs,
    shift,
    store,
    wants_skill,
)

A = man("A", 0)
TOMORROW = 24 * HOUR

ALONE = [
    Case(
        "a skill at its level",
        40,
        "A holds level 1 only, so B drives 40.",
        day((man("A", 0, skills=holds(1)), man("B", 40, skills=holds(2))), (job("J", 0, skills=wants_skill(2)),)),
    ),
    Case(
        "nobody with the skill",
        1000,
        "J is left out.",
        day((A,), (job("J", 0, skills=wants_skill()),)),
    ),
    Case(
        "a certificate has expired",
        40,
        "J begins at 11:00, A's certificate ended at 10:59, so B drives 40.",
        day(
            (man("A", 0, skills=holds(until=at(10, 59))), man("B", 40, skills=holds())),
            (job("J", 0, skills=wants_skill(), release_s=at(11)),),
        ),
    ),
    Case(
        "a certificate is good on its last second",
        0,
        "It ends at 11:00, when J begins.",
        day(
            (man("A", 0, skills=holds(until=at(11))), man("B", 40, skills=holds())),
            (job("J", 0, skills=wants_skill(), release_s=at(11)),),
        ),
    ),
    Case(
        "who is quicker at it",
        20,
        "A needs 90 minutes and would owe ¥100; B needs 30 and drives 20.",
        day((A, man("B", 20)), (job("J", 0, duration_by={"A": 5400}, commitments=due(at(10), at_end=True)),)),
    ),
    Case(
        "preferred, and worth the way",
        30,
        "B is asked for and 30 away; anybody else costs ¥35.",
        day((A, man("B", 30)), (job("J", 0, preferred=frozenset({"B"}), not_preferred_fen=35_00),)),
    ),
    Case(
        "preferred, but too far",
        25,
        "B is 30 away; sending somebody else costs ¥25.",
        day((A, man("B", 30)), (job("J", 0, preferred=frozenset({"B"}), not_preferred_fen=25_00),)),
    ),
    Case("barred", 40, "A may not come.", day((A, man("B", 40)), (job("J", 0, barred=frozenset({"A"})),))),
    Case("pinned", 40, "B has been named by hand.", day((A, man("B", 40)), (job("J", 0, pin=Pin("B")),))),
    Case(
        "promised to somebody else, and cheaper to keep",
        15,
        "B was promised, 15 away; A on the spot would cost ¥20 of disturbance.",
        day((A, man("B", 15)), (job("J", 0, incumbent=Incumbent("B", 20_00)),)),
    ),
    Case(
        "promised to somebody else, and cheaper to move",
        20,
        "B is 25 away; moving J costs ¥20.",
        day((A, man("B", 25)), (job("J", 0, incumbent=Incumbent("B", 20_00)),)),
    ),
    Case(
        "work under way",
        30,
        "A is at J until 9:30 and would reach K at 9:40; B drives 30 and is there at 9:30.",
        day(
            (man("A", shift(20, start=at(8))), man("B", 0)),
            (job("J", 20, 60, pin=Pin("A", start_s=at(8, 30))), job("K", 30, commitments=due(at(9, 30)))),
        ),
    ),
    Case(
        "on the way to the next stop",
        420,
        "A is bound for J at 60 and comes back to K at 11:30, begun three hours late: 120 of driving and ¥300.",
        day((A,), (job("J", 60, pin=Pin("A", order=0)), job("K", 0, commitments=due(NINE)))),
    ),
    Case(
        "bound for one, then for another",
        90,
        "J at 30, then K at 0, then L at 30 again, although J, L, K would save 30.",
        day((A,), (job("J", 30, pin=Pin("A", order=0)), job("K", 0, pin=Pin("A", order=1)), job("L", 30))),
    ),
    Case(
        "standby serves only its period",
        40,
        "A is held for the flood season, so B drives 40.",
        day((man("A", shift(0, standby="flood")), man("B", 40)), (job("J", 0),)),
    ),
    Case(
        "standby serves its own visits",
        0,
        "J belongs to the flood season.",
        day((man("A", shift(0, standby="flood")), man("B", 40)), (job("J", 0, assurance="flood"),)),
    ),
    Case(
        "one after the other on one route",
        40,
        "K lies beside A but follows J at 20: out and back.",
        day((A,), (job("J", 20), job("K", 0, after=frozenset({"J"})))),
    ),
    Case(
        "one after the other on two routes",
        100,
        "J takes A until 10:00; B waits beside K, due 9:30.",
        day((A, man("B", 90)), (job("J", 0, 60), job("K", 90, after=frozenset({"J"}), commitments=due(at(9, 30))))),
    ),
    Case(
        "what is followed is worth hurrying",
        30,
        "J waits for nobody, so it is done before L although L is due too.",
        day(
            (A, man("B", 50)),
            (
                job("J", 0, 30),
                job("L", 0, 30, commitments=due(NINE, once=30)),
                job("K", 50, after=frozenset({"J"}), commitments=due(at(9, 30), once=90)),
            ),
        ),
    ),
    Case(
        "left out with what it follows",
        1300,
        "Nobody can do J, so K has nothing to follow.",
        day((A,), (job("J", 0, skills=wants_skill()), job("K", 0, left=300, after=frozenset({"J"})))),
    ),
    Case(
        "a crew of two",
        140,
        "B arrives at 9:40 and both begin then, ten minutes late.",
        day((A, man("B", 40)), (job("J1", 0, sync="crew", commitments=due(at(9, 30))), job("J2", 0, sync="crew"))),
    ),
    Case(
        "a crew of three",
        60,
        "C from 20 and B from 40; all begin at 9:40, just in time.",
        day(
            (A, man("B", 40), man("C", 20)),
            tuple(job(f"J{n}", 0, sync="crew", commitments=due(at(9, 40))) for n in range(3)),
        ),
    ),
    Case(
        "a crew too few",
        300,
        "Three are needed and two are here: nobody goes.",
        day((A, man("B", 40)), tuple(job(f"J{n}", 0, left=100, sync="crew") for n in range(3))),
    ),
    Case(
        "a crew that picks who is near",
        15,
        "B (5) and C (10) rather than A (30).",
        day((A, man("B", 35), man("C", 40)), (job("J1", 30, sync="crew"), job("J2", 30, sync="crew"))),
    ),
]

TOGETHER = [
    Case(
        "a crew of which one needs the skill",
        30,
        "C alone is skilled and 30 away; A goes with him, B stays.",
        day(
            (A, man("B", 10), man("C", 30, skills=holds(2))),
            (job("J1", 0, sync="crew", skills=wants_skill(2), commitments=due(at(9, 30))), job("J2", 0, sync="crew")),
        ),
    ),
    Case(
        "a crew in access hours",
        165,
        "B comes at 10:05, within the hour, five minutes late; C would come at 10:30.",
        day(
            (A, man("B", 65), man("C", shift(60, start=at(9, 30)))),
            (
                job("J1", 0, sync="crew", windows=between(at(10), at(10, 10)), commitments=due(at(10))),
                job("J2", 0, sync="crew", windows=between(at(10), at(10, 10))),
            ),
        ),
    ),
    Case(
        "a crew and the piece of one",
        50,
        "B has X aboard and takes the part that needs it; A drives straight.",
        day(
            (man("A", 10), man("B", 60, van={"X": 1})),
            (job("J1", 20, sync="crew", parts=needs("X")), job("J2", 20, sync="crew")),
            store("D", 0, {"X": 1}),
        ),
    ),
    Case(
        "a crew and a shift's end",
        70,
        "C comes at 9:30 and A must be gone by 9:59; so B and C go, from 40 and 30.",
        day(
            (man("A", shift(0, end=at(9, 59))), man("B", 40), man("C", 30)),
            (job("J1", 0, sync="crew"), job("J2", 0, sync="crew")),
        ),
    ),
    Case(
        "a crew with one name given",
        50,
        "C is named for J1, so A goes with him.",
        day((A, man("B", 10), man("C", 50)), (job("J1", 0, sync="crew", pin=Pin("C")), job("J2", 0, sync="crew"))),
    ),
    Case(
        "a crew that one may not join for one part",
        20,
        "A is barred from J1 and does J2; B comes for J1.",
        day(
            (A, man("B", 20), man("C", 30)),
            (job("J1", 0, sync="crew", barred=frozenset({"A"})), job("J2", 0, sync="crew")),
        ),
    ),
    Case(
        "a crew after other work",
        20,
        "P until 9:30 by A, then he and B begin together.",
        day(
            (A, man("B", 20)),
            (
                job("P", 0),
                *(job(f"J{n}", 0, sync="crew", after=frozenset({"P"}), commitments=due(at(9, 30))) for n in (1, 2)),
            ),
        ),
    ),
    Case(
        "a crew and work that can wait",
        20,
        "The crew first, L afterwards; L first would make the crew late.",
        day(
            (A, man("B", 20)),
            (job("J1", 0, sync="crew", commitments=due(at(9, 20))), job("J2", 0, sync="crew"), job("L", 0)),
        ),
    ),
    Case(
        "a crew in standby",
        40,
        "A is held for this very period, B is free for all; C is held for another.",
        day(
            (man("A", shift(0, standby="flood")), man("B", 40), man("C", shift(0, standby="congress"))),
            (job("J1", 0, sync="crew", assurance="flood"), job("J2", 0, sync="crew", assurance="flood")),
        ),
    ),
    Case(
        "order of work and a shift's end",
        60,
        "J ends at 10:01; B, beside K, would end a minute after his shift, so A goes on to K.",
        day((A, man("B", shift(60, end=at(10, 30)))), (job("J", 0, 61), job("K", 60, after=frozenset({"J"})))),
    ),
    Case(
        "order of work to the last minute",
        0,
        "J ends at 10:00; B, beside K, ends with his shift.",
        day((A, man("B", shift(60, end=at(10, 30)))), (job("J", 0, 60), job("K", 60, after=frozenset({"J"})))),
    ),
    Case(
        "order of work and who is quick",
        20,
        "B does J in thirty minutes, so that A begins K in time.",
        day(
            (A, man("B", 20)),
            (job("J", 0, duration_by={"A": 5400}), job("K", 0, after=frozenset({"J"}), commitments=due(at(9, 50)))),
        ),
    ),
    Case(
        "order of work and a skill",
        130,
        "Only B, 30 away, can do J; K begins at 10:00, half an hour late.",
        day(
            (A, man("B", 30, skills=holds())),
            (job("J", 0, skills=wants_skill()), job("K", 0, after=frozenset({"J"}), commitments=due(at(9, 30)))),
        ),
    ),
    Case(
        "order of work over two days",
        160,
        "J can be done tomorrow only, so K is 16 hours late at ¥10.",
        day(
            (man("A", shift(0), shift(0, start=TOMORROW + NINE, end=TOMORROW + at(18))),),
            (
                job("J", 0, windows=between(TOMORROW + NINE, TOMORROW + at(12))),
                job("K", 0, after=frozenset({"J"}), commitments=due(at(17, 30), 10)),
            ),
        ),
    ),
    Case(
        "order of work and release",
        100,
        "J may begin at 10:00, so K begins half an hour late.",
        day((A,), (job("J", 0, release_s=at(10)), job("K", 0, after=frozenset({"J"}), commitments=due(at(10))))),
    ),
    Case(
        "order of work after work under way",
        10,
        "J ends at 9:30 at A's hands; B waits ten minutes away and is in time.",
        day(
            (man("A", shift(0, start=at(8))), man("B", 60)),
            (
                job("J", 0, 60, pin=Pin("A", start_s=at(8, 30))),
                job("K", 50, after=frozenset({"J"}), commitments=due(at(9, 30))),
            ),
        ),
    ),
    Case(
        "order of work and a piece",
        20,
        "B does J where he stands and has no piece; A, who has one, waits beside K until 9:30.",
        day(
            (man("A", 20, van={"X": 1}), man("B", 0)),
            (job("J", 0), job("K", 40, after=frozenset({"J"}), parts=needs("X"), commitments=due(at(9, 30)))),
        ),
    ),
    Case(
        "a chain of three",
        60,
        "J, K, L lie there and back, and must be done in that order.",
        day((A,), (job("J", 20), job("K", 0, after=frozenset({"J"})), job("L", 20, after=frozenset({"K"})))),
    ),
]
