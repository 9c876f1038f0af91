"""What the planner reckons with where nothing in the data says otherwise; one place to read it aloud."""

from __future__ import annotations

from datetime import timedelta

#: Today and tomorrow: a 12-hour promise made in the evening is kept in the morning.
PLAN_DAYS = 2
#: A stop whose engineer sets off within this span changes only by hand (R4).
FREEZE = timedelta(minutes=30)
#: A position older than this says nothing about where an engineer is now.
POSITION_GOOD_FOR = timedelta(hours=2)
#: Seconds a plan that nobody watches may wait for roads that were never asked for.
ROADS_SECONDS = 20.0
#: Seconds the full plan may think.
SOLVE_SECONDS = 5.0
#: What an hour's waiting of a visit weighs where plans leave room for calls that nobody has made yet: a tenth of an
#: hour's driving (`bench/rolling.py`).
WAITING_FEN_H = 600
ZONE = "Asia/Shanghai"
