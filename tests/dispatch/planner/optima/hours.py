"""Shifts, breaks, overtime, on call, ways home and the hour of the road."""

from __future__ import annotations

from dispatch.planner.solver.problem import Incumbent, Pin, Travel, TravelBand
from tests.dispatch.planner.cases import HOUR, MINUTE, NINE, at
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
    rest,
    shift,
    store,
)

A = man("A", 0)
TOMORROW = 24 * HOUR
RUSH = Travel(METRES, (SLOW, DRIVE), (TravelBand(0, 0), TravelBand(at(10), 1)))

ALONE = [
    Case(
        "a shift ends",
        210,
        "There is time for one: J for ¥10 of driving leaves K (¥200); K for ¥20 would leave J (¥300).",
        day((man("A", shift(0, end=at(10))),), (job("J", 10, left=300), job("K", 20, 40, left=200))),
    ),
    Case(
        "work goes on the next day",
        40,
        "An hour a day holds one visit: J and K are twenty minutes off, and each day starts at home.",
        day(
            (man("A", shift(0, end=at(10)), shift(0, start=TOMORROW + NINE, end=TOMORROW + at(10))),),
            (job("J", 20, 35), job("K", 20, 35)),
        ),
    ),
    Case(
        "an engineer's two shifts start where each says",
        15,
        "K waits for the evening shift that starts beside it at 45: 5 + 10.",
        day(
            (man("A", shift(0, end=at(12)), shift(45, start=at(14), end=at(18))),),
            (job("J", 10), job("K", 50)),
        ),
    ),
    Case(
        "a break falls between",
        100,
        "The hour of rest begins by 10:30, so the second visit begins at 11:00, an hour late.",
        day(
            (man("A", shift(0, breaks=rest(at(10), at(10, 30), 60))),),
            (job("J", 0, 60, commitments=due(at(10))), job("K", 0, 60, commitments=due(at(10)))),
        ),
    ),
    Case(
        "no break where the day ends before",
        0,
        "Both are done at 10:30 and the rest need not begin before 10:30: nobody is late.",
        day(
            (man("A", shift(0, breaks=rest(at(10), at(10, 30), 60))),),
            (job("J", 0, 60, commitments=due(at(10))), job("K", 0, 30, commitments=due(at(10)))),
        ),
    ),
    Case(
        "two breaks",
        100,
        "J to 10:00, rest, K (dear) from 10:30, rest at 11:00, L at 11:30 is half an hour late; L first makes K late.",
        day(
            (man("A", shift(0, breaks=(*rest(at(10), at(10, 15), 30), *rest(at(11), at(11, 15), 30)))),),
            (
                job("J", 0, 60, commitments=due(NINE)),
                job("K", 0, 30, commitments=due(at(10, 30), 300)),
                job("L", 0, 30, commitments=due(at(11))),
            ),
        ),
    ),
    Case(
        "driving may be interrupted for a break",
        100,
        "A rests halfway, 9:20 to 9:50, and arrives at 10:10, after 10:00.",
        day((man("A", shift(0, breaks=rest(at(9, 20), at(9, 20), 30))),), (job("J", 40, commitments=due(at(10), 60)),)),
    ),
    Case(
        "overtime is paid by the minute",
        20,
        "Ten minutes of driving, and ten minutes beyond ten o'clock at ¥1.",
        day((man("A", shift(0, end=at(10), max_overtime_s=HOUR)),), (job("J", 10, 60),)),
    ),
    Case(
        "overtime is bounded",
        40,
        "A would end ten minutes over and may do five, so B comes from 50.",
        day((man("A", shift(0, end=at(10), max_overtime_s=5 * MINUTE)), man("B", 50)), (job("J", 10, 60),)),
    ),
    Case(
        "on call is paid once",
        62,
        "¥50 for calling A out and 12 minutes; B would drive 80 to the first and 2 more.",
        day((man("A", shift(0, on_call_fen=50_00)), man("B", 92)), (job("J", 10), job("K", 12))),
    ),
    Case(
        "on call stays at home where it is dearer",
        42,
        "B drives 40 and 2; A would be ¥50 and 12 minutes.",
        day((man("A", shift(0, on_call_fen=50_00)), man("B", 52)), (job("J", 10), job("K", 12))),
    ),
    Case(
        "a day starts where the engineer is now",
        5,
        "A stands at 30, five minutes off; B at 0 is 25 away.",
        day((man("A", shift(30, start=at(8))), man("B", 0)), (job("J", 25),), now=at(11)),
    ),
    Case(
        "he sets off no earlier than he is free",
        20,
        "A is beside J but not free before 10:00, half an hour late; B comes in time.",
        day((man("A", 0, available_from_s=at(10)), man("B", 20)), (job("J", 0, commitments=due(at(9, 30))),)),
    ),
    Case("an open end costs no way back", 30, "Thirty minutes out.", day((A,), (job("J", 30),))),
    Case(
        "the way home is paid",
        30,
        "A out and back is 40, B one way 30.",
        day((man("A", shift(0, home=0)), man("B", 50)), (job("J", 20),)),
    ),
    Case(
        "somebody away from home drives there anyway",
        20,
        "A goes home from 20 whether he works or not, and J lies on the way; B would add 5.",
        day((man("A", shift(20, home=0)), man("B", 15)), (job("J", 10),)),
    ),
    Case(
        "kilometres cost beside minutes",
        12,
        "Ten minutes and ten kilometres at 20 fen.",
        day((A,), (job("J", 10),), km=20),
    ),
    Case(
        "the hour decides the speed",
        30,
        "J first, so that the road to K is driven after 10:00 in 30 minutes; K first means an hour and 30 back.",
        day(
            (A,),
            (job("J", 0, 60), job("K", 30)),
            travel=Travel(METRES, (SLOW, DRIVE), (TravelBand(0, 0), TravelBand(at(10), 1))),
        ),
    ),
]

TOGETHER = [
    Case(
        "break and window",
        100,
        "J's hour is 12:00 to 12:30 and so is the rest's: J, rest, K at 13:30, an hour late.",
        day(
            (man("A", shift(0, breaks=rest(at(12), at(12, 30), 60))),),
            (
                job("J", 0, windows=between(at(12), at(12, 30))),
                job("K", 0, release_s=at(12), commitments=due(at(12, 30))),
            ),
        ),
    ),
    Case(
        "break and overtime",
        30,
        "Three hours of work and half an hour of rest end at 12:30, half an hour over.",
        day(
            (man("A", shift(0, end=at(12), max_overtime_s=HOUR, breaks=rest(at(10, 30), at(11), 30))),),
            (job("J", 0, 120), job("K", 0, 60)),
        ),
    ),
    Case(
        "break and depot hours",
        20,
        "The depot shuts at 9:30, so he rests after the call, not on the way to it.",
        day(
            (man("A", shift(0, breaks=rest(at(9, 10), at(9, 20), 30))),),
            (job("J", 20, parts=needs("X"), commitments=due(at(10))),),
            store("D", 10, {"X": 1}, 5, windows=between(NINE, at(9, 30)) + between(at(12), at(13))),
        ),
    ),
    Case(
        "break and an hour begun",
        100,
        "J first: K is 60 minutes late after the rest; K first: J is 61, which is two hours.",
        day(
            (man("A", shift(0, breaks=rest(at(9, 30), at(9, 31), 30))),),
            (job("J", 0, 30, commitments=due(NINE)), job("K", 0, 31, commitments=due(NINE))),
        ),
    ),
    Case(
        "break on the way to where he is bound",
        120,
        "The rest cannot wait for the end of J, so J begins at 9:50.",
        day(
            (man("A", shift(0, breaks=rest(NINE, at(9, 30), 30))),),
            (job("J", 20, pin=Pin("A", order=0), commitments=due(at(9, 30))),),
        ),
    ),
    Case(
        "no break during work under way",
        0,
        "A is busy until 9:30, the rest would have had to begin by 9:20.",
        day(
            (man("A", shift(0, start=at(8), breaks=rest(at(9), at(9, 20), 30))),),
            (job("J", 0, 60, pin=Pin("A", start_s=at(8, 30))), job("K", 0, commitments=due(at(9, 30)))),
        ),
    ),
    Case(
        "break and crew",
        140,
        "A must rest from 9:30, so the crew begins at 10:00, after B came at 9:40.",
        day(
            (man("A", shift(0, breaks=rest(at(9, 30), at(9, 40), 30))), man("B", 40)),
            (job("J1", 0, 60, sync="crew", commitments=due(at(9, 40))), job("J2", 0, 60, sync="crew")),
        ),
    ),
    Case(
        "break in the second shift only",
        0,
        "The morning needs no rest, and the afternoon is over before its own is due.",
        day(
            (man("A", shift(0, end=at(12)), shift(0, start=at(13), end=at(18), breaks=rest(at(15), at(15), 60))),),
            (job("J", 0, 150), job("K", 0, 120)),
        ),
    ),
    Case(
        "overtime rather than lateness",
        10,
        "Ten minutes of B's overtime; A would arrive at 9:40, late for ¥100.",
        day(
            (man("A", 40), man("B", shift(0, end=at(9, 20), max_overtime_s=HOUR))),
            (job("J", 0, commitments=due(at(9, 30))),),
        ),
    ),
    Case(
        "another engineer rather than overtime",
        25,
        "B drives 25; A alone would work half an hour over.",
        day(
            (man("A", shift(0, end=at(10), max_overtime_s=HOUR)), man("B", 25)),
            (job("J", 0, 60), job("K", 0, commitments=due(at(9, 30)))),
        ),
    ),
    Case(
        "overtime and on call",
        40,
        "Forty minutes over for B; calling A out is ¥50.",
        day(
            (man("A", shift(0, on_call_fen=50_00)), man("B", shift(0, start=at(8), end=NINE, max_overtime_s=HOUR))),
            (job("J", 0, 40),),
        ),
    ),
    Case(
        "on call and promised",
        50,
        "Called out he costs ¥50; moving the visit would cost ¥60.",
        day((man("A", shift(0, on_call_fen=50_00)), man("B", 0)), (job("J", 0, incumbent=Incumbent("A", 60_00)),)),
    ),
    Case(
        "overtime after work under way",
        60,
        "A is over anyway for half an hour; half an hour more beats B's 40.",
        day(
            (man("A", shift(0, start=at(8), end=NINE, max_overtime_s=2 * HOUR)), man("B", 40)),
            (job("J", 0, 60, pin=Pin("A", start_s=at(8, 30))), job("K", 0)),
        ),
    ),
    Case(
        "the way home and the shift's end",
        40,
        "A would be home at 10:10, ten minutes too late, so B comes from 60.",
        day((man("A", shift(0, end=at(10), home=0)), man("B", 60)), (job("J", 20),)),
    ),
    Case(
        "an optional stop and overtime",
        15,
        "Twenty minutes over would cost ¥20; the loaner waits for ¥15.",
        day((man("A", shift(0, end=at(10), max_overtime_s=HOUR)),), (job("J", 0, 60), job("loaner", 0, 20, left=15))),
    ),
    Case(
        "an optional stop and lateness",
        30,
        "On the way the loaner would make J late; afterwards it is ten back.",
        day((A,), (job("J", 20, commitments=due(at(9, 30))), job("loaner", 10, 20, left=15))),
    ),
    Case(
        "another day and lateness",
        115,
        "One waits for tomorrow, 23 hours late: the one at ¥5 an hour.",
        day(
            (man("A", shift(0, end=at(10)), shift(0, start=TOMORROW + NINE, end=TOMORROW + at(10))),),
            (job("J", 0, 60, commitments=due(at(10), 10)), job("K", 0, 60, commitments=due(at(10), 5))),
        ),
    ),
    Case(
        "another day and leaving out",
        100,
        "Tomorrow would cost ¥115, leaving K out costs ¥100.",
        day(
            (man("A", shift(0, end=at(10)), shift(0, start=TOMORROW + NINE, end=TOMORROW + at(10))),),
            (job("J", 0, 60, commitments=due(at(10), 10)), job("K", 0, 60, left=100, commitments=due(at(10), 5))),
        ),
    ),
    Case(
        "pinned to somebody off shift",
        1000,
        "A's day is over; nobody else may.",
        day((man("A", shift(0, start=at(8), end=NINE)), man("B", 0)), (job("J", 0, pin=Pin("A")),)),
    ),
    Case(
        "speed and window",
        30,
        "K is done before the rush is over, then J is driven to in 30 minutes.",
        day((A,), (job("J", 30, windows=between(at(10, 15), at(10, 40))), job("K", 0, 60)), travel=RUSH),
    ),
    Case(
        "speed and lateness",
        190,
        "An hour out in the rush, half an hour back, K an hour late; K first would make J late for ¥300.",
        day((A,), (job("J", 30, commitments=due(at(10), 300)), job("K", 0, 60, commitments=due(at(10)))), travel=RUSH),
    ),
]
