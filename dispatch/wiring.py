"""What the dispatch floor brings to the house. Its rooms, bottom first."""

from flask_babel import lazy_gettext as _l

import dispatch.clocks.models
import dispatch.people.models
import dispatch.planner.models
import dispatch.requests.models
import dispatch.roster.models
import dispatch.visits.models  # noqa: F401 - the tables stand even before every room has a door
from app.calendar.api import YearPublished
from app.domain import Domain, NavItem
from dispatch.board.proposals import bp as board_bp
from dispatch.board.views import front_page as board_front
from dispatch.board.words import WORDS as BOARD_WORDS
from dispatch.checks import CHECKS
from dispatch.clocks.api import recount_year
from dispatch.clocks.use_cases import fire_steps
from dispatch.demo.cli import demo_group
from dispatch.desk.slots import asset_archive, home_card, search_hits
from dispatch.desk.views import bp as desk_bp
from dispatch.field.paper import JOB as REPORT_JOB
from dispatch.field.paper import issue_report
from dispatch.field.views import bp as field_bp
from dispatch.field.views import front_page, may_have_file
from dispatch.field.words import WORDS as FIELD_WORDS
from dispatch.messages import MESSAGES
from dispatch.people.views import bp as people_bp
from dispatch.permissions import PERMISSIONS
from dispatch.planner.cli import plan_file
from dispatch.planner.jobs import KIND as PLAN_JOB
from dispatch.planner.jobs import plan
from dispatch.planner.views import bp as planner_bp
from dispatch.planner.words import WORDS as PLANNER_WORDS
from dispatch.roster.views import bp as roster_bp
from dispatch.travel.api import health as road_health
from dispatch.visits.use_cases import tell_assigned
from dispatch.words import WORDS

domain = Domain(
    name="dispatch",
    package="dispatch",
    needs=("contracts", "inventory"),
    checks=CHECKS,
    rooms=(
        "planner.solver", "people", "roster", "travel", "requests", "clocks", "visits", "desk", "planner", "board", "field",
        "demo",
    ),
    permissions=PERMISSIONS,
    blueprints=(people_bp, roster_bp, desk_bp, planner_bp, board_bp, field_bp),
    words=WORDS | PLANNER_WORDS | BOARD_WORDS | FIELD_WORDS,
    nav=(
        NavItem(_l("路线"), "field.today", "field.work", order=5),
        NavItem(_l("调度"), "board.board", "dispatch.view_board", key="B", order=10),
        NavItem(_l("请求"), "desk.requests_page", "desk.view", key="R", order=20),
        NavItem(_l("排班"), "roster.week", "roster.view", order=25),
    ),
    slots={
        "home.front": (front_page, board_front), "file.right": (may_have_file,), "search": (search_hits,),
        "asset.archive": (asset_archive,), "home.cards": (home_card,), "health.services": (road_health,),
    },
    jobs={PLAN_JOB: plan, REPORT_JOB: issue_report},
    commands=(demo_group, plan_file),
    messages=MESSAGES,
    listeners={YearPublished: (recount_year,)},
    ticks={"dispatch.fire_steps": fire_steps, "dispatch.tell_assigned": tell_assigned},
)  # fmt: skip
