"""Pages of the service policies (C3)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.calendar.api import calendar_names
from app.db import db
from app.web.policy import requires
from app.web.words import speaks_english
from contracts.policies import queries, store, use_cases
from contracts.policies.forms import CLOCKS, REASONS, ROWS, PolicyForm, data_of
from contracts.policies.rules import ANY_REQUEST, ClockKind

bp = Blueprint("policies", __name__)
ID = "int(max=999999999999)"


@bp.get("/policies")
@requires("contracts.see")
def policies() -> ResponseReturnValue:
    """Every policy with its limits, newest editions only."""
    session = db.session()
    rows = queries.newest(session)
    terms = store.terms_by_id(session, [row.id for row in rows])
    return render_template(
        "contracts/policies/policies.html", rows=rows, terms=terms, clocks=CLOCKS, hours=_hours(), rows_of_levels=ROWS
    )


@bp.get(f"/policies/<{ID}:policy_id>")
@requires("contracts.see")
def policy(policy_id: int) -> ResponseReturnValue:
    """One edition: limits, what is included, which reason stops which clock."""
    session = db.session()
    row = queries.policy(session, policy_id)
    return render_template(
        "contracts/policies/policy.html",
        policy=row,
        terms=store.terms(session, policy_id),
        editions=queries.editions(session, row.code),
        clocks=CLOCKS,
        reasons=REASONS,
        levels=ROWS,
        hours=_hours(),
    )


@bp.route("/policies/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_policy() -> ResponseReturnValue:
    """Define a policy under a new code."""
    form = _form(None)
    if form.validate_on_submit():
        with form.refusals():
            policy_id = use_cases.define_policy(form.terms(), seen=0, by=current_actor(), now=request_now())
            return redirect(url_for(".policy", policy_id=policy_id), 303)
    return _page(form, None), form.status


@bp.route(f"/policies/<{ID}:policy_id>/edit", methods=["GET", "POST"])
@requires("contracts.edit")
def edit_policy(policy_id: int) -> ResponseReturnValue:
    """Write the next edition; contracts signed with this one keep it."""
    form = _form(policy_id)
    kept = tuple(x for x in store.terms(db.session(), policy_id).limits if x.request_type != ANY_REQUEST)
    if form.validate_on_submit():
        with form.refusals():
            new_id = use_cases.define_policy(
                form.terms(kept), seen=form.version.data, by=current_actor(), now=request_now()
            )
            return redirect(url_for(".policy", policy_id=new_id), 303)
    return _page(form, policy_id), form.status


def _form(policy_id: int | None) -> PolicyForm:
    session = db.session()
    data = {"version": 0}
    if policy_id is not None:
        data = {**data_of(store.terms(session, policy_id)), "version": queries.policy(session, policy_id).edition}
    form = PolicyForm(data=data)
    form.hours_code.choices = list(_hours().items())
    return form


def _page(form: PolicyForm, policy_id: int | None) -> str:
    return render_template(
        "contracts/policies/policy_form.html", form=form, policy_id=policy_id, clocks=list(ClockKind), levels=ROWS,
        labels=CLOCKS,
    )  # fmt: skip


def _hours() -> dict[str, str]:
    english = speaks_english()
    return {name.code: name.name_en if english else name.name_zh for name in calendar_names(db.session())}
