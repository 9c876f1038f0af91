"""The desk's pages: the call while the caller talks, the list of requests, one request and every act on it (D1, D2, D4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.actor import Actor
from app.auth.session import current_actor, request_now
from app.db import db
from app.kernel.errors import InputCode, InvalidInput
from app.kernel.ids import new_action_id
from app.kernel.text import clean_text, fold_mobile
from app.web.forms import HouseForm
from app.web.policy import requires
from app.web.words import say
from contracts.entitlement.show import caller_line, limit_words, reason_lines
from contracts.installbase.errors import MissingAsset
from contracts.listing import asked
from dispatch.desk import asset_numbers, forms, handling, intake, parked, queries
from dispatch.desk.use_cases import report
from dispatch.requests.errors import MissingRequest
from dispatch.requests.models import RequestType
from dispatch.visits import use_cases as visits
from inventory.catalogue.api import part_by_no
from inventory.catalogue.errors import MissingPart

bp = Blueprint("desk", __name__, url_prefix="/dispatch")


# --- the call -----------------------------------------------------------------------------------------------------


@bp.route("/intake", methods=["GET", "POST"], endpoint="intake")
@requires("desk.report")
def intake_page() -> ResponseReturnValue:
    """Take a call down; `step` tells looking up, which saves nothing, from saving and from saving to assign."""
    form = forms.IntakeForm()
    forms.prefilled(form, ["reported_at"], request_now())
    form.key.data = form.key.data or new_action_id()
    if request.method == "POST" and form.is_submitted() and form.step.data != "look":
        asset_id = form.asset()
        ready = form.validate()
        if asset_id is None:
            form.asset_id.errors = [_("请选择设备。")]
        if ready and asset_id is not None:
            with form.refusals():
                told = report(form.call(asset_id), key=form.key.data, by=current_actor(), now=request_now())
                if form.step.data == "assign" and told.visit_ref and told.covered:
                    return redirect(url_for("board.board", selected=told.visit_ref), 303)
                return redirect(url_for("desk.request_page", request_no=told.request_no), 303)
    looking = request.method == "POST" and form.step.data == "look"
    found, owed = _looked_up(form.caller_mobile.typed or "", form.words.typed or "", form.asset(), form)
    page = render_template("dispatch/desk/intake.html", form=form, found=found, owed=owed, words=_words)
    return page, 200 if looking else form.status


@bp.get("/intake/who")
@requires("desk.report")
def intake_who() -> ResponseReturnValue:
    """Who calls, and what is his: the piece that follows the number while it is typed."""
    form = _asked_form()
    found, owed = _looked_up(form.caller_mobile.data, form.words.data, form.asset(), form)
    return render_template("dispatch/desk/_who.html", form=form, found=found, owed=owed, words=_words)


@bp.get("/intake/owed")
@requires("desk.report")
def intake_owed() -> ResponseReturnValue:
    """What the chosen asset is owed at the chosen level."""
    form = _asked_form()
    _found, owed = _looked_up("", "", form.asset(), form)
    return render_template("dispatch/desk/_owed.html", form=form, owed=owed, words=_words)


def _asked_form() -> forms.IntakeForm:
    """The form as the address tells it; nothing in it is judged yet."""
    form = forms.IntakeForm(formdata=None)
    form.caller_mobile.data = fold_mobile(_asked("caller_mobile", 40))
    form.words.data = _asked("words", 80)
    form.caller_name.data = _asked("caller_name", 60)
    form.asset_id.data = _asked("asset_id", 20)
    form.fault_level.data = _asked("fault_level", 1) or "2"
    form.type.data = _asked("type", 20) or "fault"
    return form


def _asked(name: str, longest: int) -> str:
    return _sane(request.args.get(name, ""), longest)


def _sane(text: str, longest: int) -> str:
    """The text, or nothing where no database could look for it: what is typed half is not refused yet."""
    try:
        return clean_text(text, field="text", max_len=longest, required=False)
    except InvalidInput:
        return ""


def _looked_up(
    mobile: str, words: str, asset_id: int | None, form: forms.IntakeForm
) -> tuple[intake.Found, intake.Owed | None]:
    found = intake.who_calls(db.session(), mobile=_sane(mobile, 40), words=_sane(words, 80))
    if asset_id is None and found.only_asset is not None:
        asset_id = found.only_asset.id
        form.asset_id.data = str(asset_id)
    if found.contact is not None and not form.caller_name.data and form.caller_name.typed in (None, ""):
        form.caller_name.data = found.contact.name
        form.caller_name.typed = None
    if asset_id is None:
        return found, None
    level = form.level() if form.level() in (1, 2, 3) else 2
    kind = form.type.data if form.type.data in set(RequestType) else RequestType.FAULT.value
    try:
        return found, intake.owed(db.session(), asset_id, level=level, request_type=kind, at=request_now())
    except MissingAsset:
        return found, None


# --- lists and pages ----------------------------------------------------------------------------------------------


@bp.get("/requests")
@requires("desk.view")
def requests_page() -> ResponseReturnValue:
    """Requests, the newest first, with filters in the address."""
    what = asked(request.args, queries.CHOICES)
    found = queries.listed(db.session(), current_actor(), what)
    ids = [row.Request.id for row in found.rows]
    return render_template(
        "dispatch/desk/requests.html", found=found, faces=queries.next_faces(db.session(), ids, request_now()),
        engineers=queries.engineers_of(db.session(), ids), counts=queries.counts(db.session(), current_actor()),
    )  # fmt: skip


@bp.get("/requests/<request_no>")
@requires("desk.view")
def request_page(request_no: str) -> ResponseReturnValue:
    """One request: its promises with their proof, its visits, its story, and what can be done now."""
    return _page(request_no)


def _page(request_no: str, shown: str = "", form: HouseForm | None = None) -> ResponseReturnValue:
    """The page, with the one form that was refused in place of a fresh one."""
    actor = current_actor()
    view = queries.request_view(db.session(), request_no, actor, now=request_now())
    ready: dict[str, HouseForm] = {}
    for name, act in ACTS.items():
        ready[name] = _ready(form if name == shown else None, act.form, name, view)
    for one in view.visits:
        for name, kind in VISIT_ACTS.items():
            key = f"{name}:{one.row.visit_ref}"
            ready[key] = _ready(form if key == shown else None, kind, key, view)
    for waiting in view.parked:
        key = f"settle:{waiting.action_id}"
        ready[key] = _ready(form if key == shown else None, forms.SettleForm, key, view)
    forms.prefilled(ready["appointment"], ["new_due_at"], request_now() + timedelta(hours=24))
    page = render_template("dispatch/desk/request.html", view=view, forms=ready, shown=shown, words=_words, form=form)
    return page, form.status if form is not None else 200


def _ready(refused: HouseForm | None, kind: type[HouseForm], key: str, view: queries.RequestView) -> HouseForm:
    """The form in the site's time; several stand on one page, so each field's id carries its form's name."""
    form = refused if refused is not None else kind(formdata=None)
    forms.in_zone(form, view.site.zone)
    for one in form:
        one.id = f"{key.replace(':', '-')}-{one.short_name}"
    return form


# --- acts on a request --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the form it is typed on and what it does with it."""

    form: type[forms.SeenForm]
    run: Callable[[str, Any, dict[str, Any]], object]


def _change_asset(no: str, form: forms.AssetForm, about: dict[str, Any]) -> None:
    asset_id = asset_numbers.asset_id_of(db.session(), form.asset_no.data)
    if asset_id is None:
        raise InvalidInput("asset_no", InputCode.not_choice)
    handling.correct_entitlement(no, asset_id=asset_id, reason=form.reason.data, **about)


def _merge(no: str, form: forms.MergeForm, about: dict[str, Any]) -> None:
    try:
        handling.merge(no, into_no=form.into_no.data, **about)
    except MissingRequest as error:
        raise InvalidInput("into_no", InputCode.not_choice) from error


ACTS: dict[str, Act] = {
    "pause": Act(forms.PauseForm, lambda no, f, a: handling.pause(no, reason=f.reason.data, note=f.note.data, **a)),
    "resume": Act(forms.PlainForm, lambda no, f, a: handling.resume(no, **a)),
    "appointment": Act(
        forms.AppointmentForm,
        lambda no, f, a: handling.change_appointment(
            no, from_at=f.from_at.data, new_due_at=f.new_due_at.data, agreed_with=f.agreed_with.data, **a
        ),
    ),
    "level": Act(
        forms.LevelForm, lambda no, f, a: handling.change_level(no, level=int(f.level.data), reason=f.reason.data, **a)
    ),
    "hold": Act(forms.ReasonForm, lambda no, f, a: handling.hold_level(no, reason=f.reason.data, **a)),
    "correct": Act(forms.AssetForm, _change_asset),
    "merge": Act(forms.MergeForm, _merge),
    "remote": Act(forms.AnswerForm, lambda no, f, a: handling.resolve_remotely(no, answer=f.answer.data, **a)),
    "not_needed": Act(forms.ReasonForm, lambda no, f, a: handling.not_needed(no, reason=f.reason.data, **a)),
    "close": Act(forms.PlainForm, lambda no, f, a: handling.close(no, **a)),
    "allow": Act(forms.AllowForm, lambda no, f, a: handling.allow_sending(no, reason=f.reason.data, **a)),
}
VISIT_ACTS: dict[str, type[HouseForm]] = {
    "cancel": forms.CancelVisitForm, "confirm": forms.ConfirmArrivalForm, "part": forms.PartForm,
}  # fmt: skip


@bp.post("/requests/<request_no>/<any(pause,resume,appointment,level,hold,correct,merge,remote,not_needed,close):act>")
@requires("desk.handle")
def handle(request_no: str, act: str) -> ResponseReturnValue:
    """Do one of the desk's acts; refused, the page comes back with the form as it was typed."""
    return _act(request_no, act)


@bp.post("/requests/<request_no>/allow")
@requires("desk.allow_sending")
def allow(request_no: str) -> ResponseReturnValue:
    """A manager lets somebody be sent although nothing covers it (C5)."""
    return _act(request_no, "allow")


def _act(request_no: str, name: str) -> ResponseReturnValue:
    act, actor = ACTS[name], current_actor()
    view_zone = queries.zone_of(db.session(), request_no, actor)
    form = act.form()
    forms.in_zone(form, view_zone)
    if form.validate_on_submit():
        with form.refusals():
            act.run(request_no, form, {"seen_version": form.seen(), "by": actor, "now": request_now()})
            return redirect(url_for("desk.request_page", request_no=request_no), 303)
    return _page(request_no, name, form)


# --- acts on a visit ----------------------------------------------------------------------------------------------


@bp.post("/requests/<request_no>/visits/<visit_ref>/cancel")
@requires("desk.handle")
def cancel_visit(request_no: str, visit_ref: str) -> ResponseReturnValue:
    """The trip is not needed."""

    def run(form: Any, actor: Actor) -> None:
        visits.cancel_visit(visit_ref, reason=form.reason.data, seen_version=form.seen(), by=actor, now=request_now())

    return _visit_act(request_no, visit_ref, "cancel", run)


@bp.post("/requests/<request_no>/visits/<visit_ref>/arrival")
@requires("desk.handle")
def confirm_arrival(request_no: str, visit_ref: str) -> ResponseReturnValue:
    """Stand for an arrival that was flagged (P21)."""

    def run(form: Any, actor: Actor) -> None:
        visits.confirm_arrival(visit_ref, at=form.at.data, seen_version=form.seen(), by=actor, now=request_now())

    return _visit_act(request_no, visit_ref, "confirm", run)


@bp.post("/requests/<request_no>/visits/<visit_ref>/parts")
@requires("desk.handle")
def want_part(request_no: str, visit_ref: str) -> ResponseReturnValue:
    """A part the visit should bring, or should not."""

    def run(form: Any, actor: Actor) -> None:
        try:
            part = part_by_no(db.session(), form.part_no.data)
        except MissingPart as error:
            raise InvalidInput("part_no", InputCode.not_choice) from error
        visits.want_part(visit_ref, part_id=part.id, qty=form.qty.data, by=actor, now=request_now())

    return _visit_act(request_no, visit_ref, "part", run)


@bp.post("/requests/<request_no>/parked/<action_id>/settle")
@requires("desk.handle")
def settle_parked(request_no: str, action_id: str) -> ResponseReturnValue:
    """Both sides of a clash were looked at: what was done about it (P20, P22)."""
    form = forms.SettleForm()
    if form.validate_on_submit():
        with form.refusals():
            parked.settle(request_no, action_id, note=form.note.data, by=current_actor(), now=request_now())
            return redirect(url_for("desk.request_page", request_no=request_no), 303)
    return _page(request_no, f"settle:{action_id}", form)


def _visit_act(request_no: str, visit_ref: str, name: str, run: Callable[[Any, Actor], None]) -> ResponseReturnValue:
    actor = current_actor()
    if not queries.has_visit(db.session(), request_no, visit_ref, actor):
        abort(404)
    form = VISIT_ACTS[name]()
    forms.in_zone(form, queries.zone_of(db.session(), request_no, actor))
    if form.validate_on_submit():
        with form.refusals():
            run(form, actor)
            return redirect(url_for("desk.request_page", request_no=request_no), 303)
    return _page(request_no, f"{name}:{visit_ref}", form)


class _Words:
    """What the templates say in words: the caller's line, limits, reasons, the story."""

    caller_line = staticmethod(caller_line)
    limit = staticmethod(limit_words)
    reasons = staticmethod(reason_lines)
    why_not = staticmethod(say)

    @staticmethod
    def story(code: str) -> str:
        return say(f"story.{code}")


_words = _Words()
