"""Releases, access hours, penalties, caps, and what is worth leaving out."""

from __future__ import annotations

from dispatch.planner.solver.problem import Counting, Incumbent
from tests.dispatch.planner.cases import NINE, at
from tests.dispatch.planner.optima.world import Case, between, day, due, holds, job, man, shift, wants_skill

A = man("A", 0)

ALONE = [
    Case(
        "not before it is released",
        100,
        "J may begin at 10:00 and was due at 9:30.",
        day((A,), (job("J", 0, release_s=at(10), commitments=due(at(9, 30))),)),
    ),
    Case(
        "access hours",
        100,
        "The gate opens at 10:00, half an hour after J was due.",
        day((A,), (job("J", 0, windows=between(at(10), at(11)), commitments=due(at(9, 30))),)),
    ),
    Case(
        "access hours that are over",
        8,
        "A would come at 9:20, after the gate has closed; B needs 8 minutes.",
        day((A, man("B", 28)), (job("J", 20, windows=between(NINE, at(9, 10))),)),
    ),
    Case(
        "several access hours",
        420,
        "A comes at 9:20, between two of them, and waits until 14:00, four hours late.",
        day((A,), (job("J", 20, windows=between(NINE, at(9, 10)) + between(at(14), at(15)), commitments=due(at(10))),)),
    ),
    Case(
        "an appointment holds",
        100,
        "J is at 9:00 sharp, so K begins half an hour late.",
        day((A,), (job("J", 0, windows=between(NINE, NINE)), job("K", 0, 60, commitments=due(NINE)))),
    ),
    Case(
        "a fixed penalty",
        50,
        "One of two is late: the one that costs ¥50.",
        day((A,), (job("J", 0, commitments=due(NINE, once=80)), job("K", 0, commitments=due(NINE, once=50)))),
    ),
    Case(
        "an hour begun counts whole",
        150,
        "After J K is exactly an hour late: ¥150; after K J is 61 minutes late: two hours at ¥100.",
        day((A,), (job("J", 0, 60, commitments=due(NINE, 100)), job("K", 0, 61, commitments=due(NINE, 150)))),
    ),
    Case(
        "only full hours count",
        0,
        "After J K is 59 minutes late, which is no full hour.",
        day(
            (A,),
            (
                job("J", 0, 59, commitments=due(NINE, counting=Counting.full)),
                job("K", 0, 61, commitments=due(NINE, counting=Counting.full)),
            ),
        ),
    ),
    Case(
        "late in proportion",
        40,
        "After K J is an hour late at ¥40; after J K is half an hour late at ¥100.",
        day(
            (A,),
            (
                job("J", 0, 30, commitments=due(NINE, 40, counting=Counting.linear)),
                job("K", 0, 60, commitments=due(NINE, 100, counting=Counting.linear)),
            ),
        ),
    ),
    Case(
        "grace forgives",
        0,
        "After J K is 30 minutes late, its grace; after K J would be 31.",
        day((A,), (job("J", 0, 30, commitments=due(NINE, grace=30)), job("K", 0, 31, commitments=due(NINE, grace=30)))),
    ),
    Case(
        "grace is no deduction",
        200,
        "61 minutes late with 10 of grace are two hours begun.",
        day((man("A", 61),), (job("J", 61, release_s=at(10, 1), commitments=due(NINE, grace=10)),)),
    ),
    Case(
        "a cap of its own",
        120,
        "After K J owes three hours, ¥120 at most; after J K would owe ¥150.",
        day((A,), (job("J", 0, 180, commitments=due(NINE, 100, cap=120)), job("K", 0, 180, commitments=due(NINE, 50)))),
    ),
    Case(
        "a cap that two visits share",
        100,
        "L first: J and K owe 100 and 200, together never more than ¥100.",
        day(
            (A,),
            (
                job("J", 0, 60, commitments=due(NINE, shared="contract")),
                job("K", 0, 60, commitments=due(NINE, shared="contract")),
                job("L", 0, 60, commitments=due(NINE, 90)),
            ),
            caps={"contract": 100},
        ),
    ),
    Case(
        "judged by the end",
        60,
        "K first: J ends 10:30, after 10:00, for ¥60; J first makes K late for ¥100.",
        day((A,), (job("J", 0, 60, commitments=due(at(10), 60, at_end=True)), job("K", 0, commitments=due(at(9, 30))))),
    ),
    Case(
        "two promises of one visit",
        150,
        "J begins an hour late (¥100) and ends after 10:30 (¥50 once).",
        day((A,), (job("J", 0, release_s=at(10), commitments=due(NINE) + due(at(10), once=50, at_end=True)),)),
    ),
    Case("cheaper left out", 25, "Thirty minutes of driving against ¥25.", day((A,), (job("J", 30, left=25),))),
    Case(
        "an optional stop on the way",
        122,
        "Fetching the loaner just beyond J adds 2; letting it wait costs ¥15.",
        day((man("A", shift(0, home=0)),), (job("J", 60), job("loaner", 61, 5, left=15))),
    ),
    Case(
        "an optional stop out of the way",
        75,
        "The loaner at 0 would be 40 back; it waits for ¥15.",
        day((man("A", 40),), (job("J", 100), job("loaner", 0, 5, left=15))),
    ),
]

TOGETHER = [
    Case(
        "a cap over two routes",
        150,
        "Both are an hour late with nothing to do about it; the contract owes ¥150 at most.",
        day(
            (A, man("B", 50)),
            (
                job("J", 0, release_s=at(10), commitments=due(NINE, shared="contract")),
                job("K", 50, release_s=at(10), commitments=due(NINE, shared="contract")),
            ),
            caps={"contract": 150},
        ),
    ),
    Case(
        "a cap that is used up",
        0,
        "Nothing is left under J's cap, so K goes first.",
        day(
            (A,),
            (
                job("J", 0, 90, commitments=due(NINE, 200, shared="contract")),
                job("K", 0, 90, commitments=due(NINE, 50)),
            ),
            caps={"contract": 0},
        ),
    ),
    Case(
        "its own cap under a shared one",
        150,
        "J and K owe ¥120 each by their own caps, and ¥150 together.",
        day(
            (A, man("B", 50)),
            (
                job("J", 0, release_s=at(12), commitments=due(NINE, cap=120, shared="contract")),
                job("K", 50, release_s=at(12), commitments=due(NINE, cap=120, shared="contract")),
            ),
            caps={"contract": 150},
        ),
    ),
    Case(
        "a shared cap and a crew",
        190,
        "Both members are late from 9:40 on; ¥200 owed, ¥150 left.",
        day(
            (A, man("B", 40)),
            (
                job("J1", 0, sync="crew", commitments=due(at(9, 10), shared="contract")),
                job("J2", 0, sync="crew", commitments=due(at(9, 10), shared="contract")),
            ),
            caps={"contract": 150},
        ),
    ),
    Case(
        "a cap and the order of work",
        100,
        "K is late beyond its cap whatever comes first, so L does.",
        day(
            (A,),
            (
                job("J", 0, 60),
                job("K", 0, after=frozenset({"J"}), commitments=due(NINE, shared="contract")),
                job("L", 0, commitments=due(NINE, 90)),
            ),
            caps={"contract": 100},
        ),
    ),
    Case(
        "promised and late",
        80,
        "B would be late for ¥100 and 40 of driving; moving J to A costs ¥80.",
        day((A, man("B", 40)), (job("J", 0, incumbent=Incumbent("B", 80_00), commitments=due(at(9, 30))),)),
    ),
    Case(
        "preferred and unskilled",
        25,
        "B is asked for and cannot do it; A costs ¥25.",
        day(
            (man("A", 0, skills=holds()), man("B", 0)),
            (job("J", 0, skills=wants_skill(), preferred=frozenset({"B"}), not_preferred_fen=25_00),),
        ),
    ),
    Case(
        "preferred and promised pull apart",
        20,
        "B is asked for (¥30), C was promised (¥20): B it is, at ¥20.",
        day(
            (man("B", 0), man("C", 0)),
            (job("J", 0, preferred=frozenset({"B"}), not_preferred_fen=30_00, incumbent=Incumbent("C", 20_00)),),
        ),
    ),
    Case(
        "windows decide the way",
        50,
        "J by 9:30, K from 10:00: L beyond J costs twenty minutes more.",
        day(
            (A,),
            (
                job("J", 20, windows=between(at(9, 20), at(9, 30))),
                job("K", 10, windows=between(at(10), at(10, 40))),
                job("L", 30),
            ),
        ),
    ),
    Case(
        "a certificate and access hours",
        60,
        "A misses the first hour and his certificate ends before the second; B waits for it.",
        day(
            (man("A", 45, skills=holds(until=at(12))), man("B", 60, skills=holds())),
            (job("J", 0, skills=wants_skill(), windows=between(at(9, 30), at(9, 40)) + between(at(14), at(15))),),
        ),
    ),
    Case(
        "grace and full hours",
        0,
        "After K J is 70 minutes late: a full hour, but within its grace.",
        day(
            (A,),
            (
                job("J", 0, 30, commitments=due(NINE, counting=Counting.full, grace=75)),
                job("K", 0, 70, commitments=due(NINE, once=100)),
            ),
        ),
    ),
    Case(
        "leaving out is dearer than the cap",
        70,
        "K two hours late owes its cap of ¥70, less than its ¥90 for leaving it out.",
        day(
            (A,),
            (
                job("J", 0, 120, commitments=due(NINE, 200)),
                job("K", 0, 120, left=90, commitments=due(NINE, 100, cap=70)),
            ),
        ),
    ),
]
