"""The administrator's pages of calendars (D2): weekly hours, days that differ, official years."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.calendar import queries, store, use_cases
from app.calendar.forms import WEEKDAYS, CalendarForm, DaysForm, HoursForm, WeekForm, YearForm
from app.calendar.models import DayMark
from app.db import db
from app.web.policy import requires

bp = Blueprint("calendar", __name__)


@bp.get("/calendars")
@requires("calendar.see")
def calendars() -> ResponseReturnValue:
    """Every calendar with its week and its own days, and the years that are official."""
    session = db.session()
    rows = queries.calendars(session)
    own = {
        row.code: [queries.own_days(session, row.code, mark) for mark in (DayMark.OFF, DayMark.WORK)] for row in rows
    }
    return render_template(
        "calendar/calendars.html", rows=rows, own=own, years=queries.years(session), weekdays=WEEKDAYS
    )


@bp.route("/calendars/new", methods=["GET", "POST"])
@requires("calendar.edit")
def new_calendar() -> ResponseReturnValue:
    """Define weekly hours under a code."""
    return _new_or_known(CalendarForm(), None)


@bp.route("/calendars/<code>/edit", methods=["GET", "POST"])
@requires("calendar.edit")
def edit_calendar(code: str) -> ResponseReturnValue:
    """Define other weekly hours under the same code; requests already taken keep theirs."""
    row = queries.calendar(db.session(), code)
    week = {f"day_{number}": line for number, line in enumerate(row.week.split("\n"))}
    form = HoursForm(obj=row, data={**week, "seen_version": row.from_version})
    return _new_or_known(form, row.code)


@bp.route("/calendars/<code>/days", methods=["GET", "POST"])
@requires("calendar.edit")
def except_days(code: str) -> ResponseReturnValue:
    """Say on which days a calendar differs from the official year."""
    session = db.session()
    row = queries.calendar(session, code)
    form = DaysForm(
        data={
            "off_days": queries.own_days(session, code, DayMark.OFF),
            "work_days": queries.own_days(session, code, DayMark.WORK),
            "seen_version": store.days_version(session, code),
        }
    )
    name = row.code
    if form.validate_on_submit():
        with form.refusals():
            use_cases.except_days(
                code, off_days=form.off_days.data, work_days=form.work_days.data, seen=form.seen_version.data,
                by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for(".calendars"), 303)
    return render_template("calendar/days.html", form=form, code=name), form.status


@bp.route("/calendars/years/new", methods=["GET", "POST"])
@requires("calendar.edit")
def publish_year() -> ResponseReturnValue:
    """Enter an official year; due instants that waited for it are recounted in the same step (E1)."""
    form = YearForm()
    if form.validate_on_submit():
        with form.refusals():
            use_cases.publish_year(
                form.year.data, off_days=form.off_days.data, work_days=form.work_days.data, source=form.source.data,
                by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for(".calendars"), 303)
    return render_template("calendar/year.html", form=form), form.status


def _new_or_known(form: WeekForm, code: str | None) -> ResponseReturnValue:
    """Hours for the form's own code, or for the known `code` as it was when the form was opened."""
    if form.validate_on_submit():
        with form.refusals():
            use_cases.define_calendar(
                code or form["code"].data, name_zh=form.name_zh.data, name_en=form.name_en.data,
                week=[field.data for field in form.days], observes_holidays=form.observes_holidays.data,
                seen=form["seen_version"].data if code else None, by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for(".calendars"), 303)
    return render_template("calendar/calendar.html", form=form, code=code), form.status
