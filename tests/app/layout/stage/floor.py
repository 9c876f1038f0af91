"""A floor that exists only in tests: every piece of the layout on one page, and answers of every kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.domain import Domain, NavItem, Role, Scope
from app.web.forms import ChoiceField, HouseForm, LineField, WholeField
from app.web.policy import public, signed_in

bp = Blueprint("stage", __name__)
#: How often each act arrived.
arrived: Counter[str] = Counter()


class StageForm(HouseForm):
    """Three fields of three kinds."""

    name = LineField("Name", max_len=20)
    pieces = WholeField("Pieces")
    grade = ChoiceField("Grade", choices=[("a", "A"), ("b", "B")])


@dataclass(frozen=True, slots=True)
class StageClock:
    """What the clock macro asks of a clock."""

    kind: str
    state: str
    due_at: datetime | None
    at_risk_at: datetime | None
    remaining_s: int


def clocks(now: datetime) -> list[StageClock]:
    """One clock in every state; the first falls at risk in two seconds and is breached in four."""

    def clock(kind: str, state: str, seconds: int) -> StageClock:
        due_at = None if state == "paused" else now + timedelta(seconds=seconds)
        return StageClock(kind, state, due_at, due_at and due_at - timedelta(seconds=2), seconds)

    return [
        clock("arrival", "running", 4), clock("response", "running", 33_000), clock("arrival", "at_risk", 1),
        clock("restore", "breached", -720), clock("resolve", "paused", 4000), clock("resolve", "met", 60),
        clock("arrival", "met_late", -1980), clock("resolve", "waived", 60),
    ]  # fmt: skip


@bp.get("/stage")
@signed_in
def page() -> ResponseReturnValue:
    """Everything at once."""
    return render_template("stage/page.html", form=StageForm(), clocks=clocks(request_now()))


@bp.get("/stage/phone")
@signed_in
def phone() -> ResponseReturnValue:
    """The phone's frame."""
    return render_template("stage/phone.html", clocks=clocks(request_now()))


@bp.post("/stage/save")
@signed_in
def save() -> ResponseReturnValue:
    """The form again, with its errors."""
    arrived["save"] += 1
    form = StageForm()
    form.validate_on_submit()
    return render_template("stage/_form.html", form=form), form.status


@bp.post("/stage/broken")
@public
def broken() -> ResponseReturnValue:
    """A bug."""
    raise RuntimeError("on purpose")


@bp.post("/stage/ask")
@public
def ask() -> ResponseReturnValue:
    """Says who asks; a stranger is told to sign in."""
    if not current_actor().signed_in:
        abort(401)
    return current_actor().user_name


@bp.post("/stage/assign")
@signed_in
def assign() -> ResponseReturnValue:
    """Done at once, with an undo."""
    return render_template("stage/_undo.html")


@bp.post("/stage/take-back")
@signed_in
def take_back() -> ResponseReturnValue:
    """Undone."""
    arrived["undo"] += 1
    return "undone"


domain = Domain(
    name="stage",
    package="tests.app.layout.stage",
    blueprints=(bp,),
    permissions={"stage.see": dict.fromkeys(Role, Scope.ALL)},
    nav=[NavItem("Stage", "stage.page", "stage.see", key="B")],
)
