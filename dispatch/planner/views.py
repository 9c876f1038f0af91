"""What plans reckon with, for whoever reads them; the heads of dispatch may change it (R2, R10)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.policy import requires
from dispatch.planner import store, use_cases
from dispatch.planner.forms import PlanningForm
from dispatch.planner.rules import PRICES
from dispatch.planner.settings import FREEZE, PLAN_DAYS, SOLVE_SECONDS

bp = Blueprint("planner", __name__, url_prefix="/dispatch")


@bp.get("/planning")
@requires("dispatch.see_planning")
def planning() -> ResponseReturnValue:
    """The prices every plan is made with, and whether it leaves room for calls to come."""
    rules = store.planning_rules(db.session())
    return _page(PlanningForm(room_for_calls=rules.room_for_calls, seen_version=rules.version))


@bp.post("/planning")
@requires("dispatch.set_planning")
def set_planning() -> ResponseReturnValue:
    """Other rules from the next plan on."""
    form = PlanningForm()
    if form.validate_on_submit():
        with form.refusals():
            use_cases.leave_room(
                form.room_for_calls.data, seen_version=form.seen_version.data, by=current_actor(), now=request_now()
            )
            flash(_("已保存,从下一次计划起生效。"))
            return redirect(url_for(".planning"), 303)
    return _page(form)


def _page(form: PlanningForm) -> ResponseReturnValue:
    page = render_template(
        "dispatch/planner/planning.html", form=form, prices=PRICES, days=PLAN_DAYS, freeze=FREEZE, seconds=SOLVE_SECONDS
    )
    return page, form.status
