"""What the dispatch floor brings to the house. Its rooms, bottom first."""

import dispatch.clocks.models
import dispatch.people.models
import dispatch.planner.models
import dispatch.requests.models
import dispatch.roster.models
import dispatch.visits.models  # noqa: F401 - the tables stand even before every room has a door
from app.calendar.api import YearPublished
from app.domain import Domain
from dispatch.board.proposals import bp as board_bp
from dispatch.board.words import WORDS as BOARD_WORDS
from dispatch.clocks.api import recount_year
from dispatch.clocks.use_cases import fire_steps
from dispatch.demo.cli import demo_group
from dispatch.field.paper import JOB as REPORT_JOB
from dispatch.field.paper import issue_report
from dispatch.field.views import bp as field_bp
from dispatch.field.views import front_page, may_have_file
from dispatch.field.words import WORDS as FIELD_WORDS
from dispatch.messages import MESSAGES
from dispatch.permissions import PERMISSIONS
from dispatch.planner.jobs import KIND as PLAN_JOB
from dispatch.planner.jobs import plan
from dispatch.planner.words import WORDS as PLANNER_WORDS
from dispatch.visits.use_cases import tell_assigned
from dispatch.words import WORDS

domain = Domain(
    name="dispatch",
    package="dispatch",
    needs=("contracts", "inventory"),
    rooms=(
        "planner.solver", "people", "roster", "travel", "requests", "clocks", "visits", "desk", "planner", "board", "field", "demo",
    ),
    permissions=PERMISSIONS,
    blueprints=(board_bp, field_bp,),
    words=WORDS | PLANNER_WORDS | BOARD_WORDS | FIELD_WORDS,
    slots={"home.front": (front_page,), "file.right": (may_have_file,)},
    jobs={PLAN_JOB: plan, REPORT_JOB: issue_report},
    commands=(demo_group,),
    messages=MESSAGES,
    listeners={YearPublished: (recount_year,)},
    ticks={"dispatch.fire_steps": fire_steps, "dispatch.tell_assigned": tell_assigned},
)  # fmt: skip
