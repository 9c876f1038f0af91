"""Pages of the roster: the week with its gaps, and one shift (D12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.kernel.dates import iso_day, local_day
from app.kernel.quantity import whole_number
from app.web.policy import requires
from app.web.words import speaks_english
from dispatch.people import api as people
from dispatch.roster import forms, queries, store, use_cases
from dispatch.roster.queries import ZONE
from dispatch.roster.rules import DutyCard

bp = Blueprint("roster", __name__, url_prefix="/dispatch/roster")
_DAY_SHIFT = (8, 18)


@bp.get("")
@requires("roster.view")
def week() -> ResponseReturnValue:
    """A week of shifts, engineer by engineer, and every stretch that nobody stands in."""
    session = db.session()
    today = local_day(request_now(), ZONE)
    day = iso_day(request.args["week"], field="week") if request.args.get("week") else today
    territories = people.territory_names(session, english=speaks_english())
    wanted = request.args.get("territory", "")
    wanted = wanted if wanted in territories else ""
    skills = people.skill_names(session, english=speaks_english())
    found = queries.week_of(session, day, territory=wanted or None, skills=skills, now=request_now())
    return render_template(
        "dispatch/roster/week.html", found=found, territories=territories, territory=wanted, skills=skills,
        today=today, zone=ZONE, earlier=found.monday - timedelta(days=7), later=found.monday + timedelta(days=7),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("roster.edit")
def new_duty() -> ResponseReturnValue:
    """A new shift; the address may name engineer and day."""
    form = forms.DutyForm(**_suggested()) if request.method == "GET" else forms.DutyForm()
    _offer(form)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.add_duty(int(form.engineer_id.data), form.shift(), by=current_actor(), now=request_now())
            return redirect(_week_of(form.starts_at.data), 303)
    return render_template("dispatch/roster/duty.html", form=form, duty=None, zone=ZONE), form.status


@bp.route("/<int:duty_id>", methods=["GET", "POST"])
@requires("roster.edit")
def duty(duty_id: int) -> ResponseReturnValue:
    """One shift, to be changed."""
    card = store.card(store.get(db.session(), duty_id))
    form = forms.DutyForm(**_as_typed(card)) if request.method == "GET" else forms.DutyForm()
    _offer(form, only=card.engineer_id)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.change_duty(
                duty_id, form.shift(), seen_version=form.seen(), by=current_actor(), now=request_now()
            )
            return redirect(_week_of(form.starts_at.data), 303)
    return render_template("dispatch/roster/duty.html", form=form, duty=card, zone=ZONE), form.status


@bp.post("/<int:duty_id>/remove")
@requires("roster.edit")
def remove(duty_id: int) -> ResponseReturnValue:
    """The shift falls away."""
    card = store.card(store.get(db.session(), duty_id))
    form = forms.RemoveForm()
    if form.validate_on_submit():
        use_cases.remove_duty(duty_id, seen_version=form.seen(), by=current_actor(), now=request_now())
    return redirect(_week_of(card.starts_at), 303)


def _week_of(at: datetime) -> str:
    return url_for("roster.week", week=local_day(at, ZONE).isoformat())


def _offer(form: forms.DutyForm, *, only: int | None = None) -> None:
    """The engineers to choose from; a shift that stands keeps its own."""
    today = local_day(request_now(), ZONE)
    session = db.session()
    cards = (people.engineer_card(session, only),) if only is not None else people.engineers_for(session, on=today)
    form.engineer_id.choices = [
        (str(c.id), f"{c.engineer_no} {c.name_en if speaks_english() else c.name}") for c in cards
    ]


def _suggested() -> dict[str, Any]:
    """A day shift on the day the address names, for the engineer it names."""
    day = iso_day(request.args["day"], field="day") if request.args.get("day") else local_day(request_now(), ZONE)
    given: dict[str, Any] = {
        "starts_at": _at(day, _DAY_SHIFT[0]), "ends_at": _at(day, _DAY_SHIFT[1]), "break_minutes": 60,
        "break_from_at": _at(day, 11), "break_latest_at": _at(day, 13), "max_overtime_minutes": 120,
    }  # fmt: skip
    if request.args.get("engineer"):
        given["engineer_id"] = str(whole_number(request.args["engineer"], field="engineer", high=2**53))
    return given


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def _as_typed(card: DutyCard) -> dict[str, Any]:
    return {
        "engineer_id": str(card.engineer_id), "kind": card.kind, "starts_at": card.starts_at, "ends_at": card.ends_at,
        "break_from_at": card.break_from_at, "break_latest_at": card.break_latest_at,
        "break_minutes": card.break_minutes, "max_overtime_minutes": card.max_overtime_minutes,
        "version": str(card.version),
    }  # fmt: skip
