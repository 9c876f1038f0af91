"""The engineer's phone: route, visit, signature, parts, scan, me; and the one JSON entry for acts (F1-F5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.actor import Actor
from app.auth.session import current_actor, request_now
from app.db import db
from app.domain import Role
from app.kernel.errors import InputCode, InvalidInput
from app.kernel.ids import new_action_id
from app.kernel.quantity import whole_number
from app.kernel.text import clean_text
from app.web.json_body import json_object
from app.web.policy import requires
from app.web.words import say, speaks_english
from dispatch.field import navigation, paper, queries, report, signature, store, use_cases
from dispatch.field.errors import MissingFieldVisit, Reassigned
from dispatch.field.forms import (
    ActForm,
    AskForm,
    DeclineForm,
    FindForm,
    RefuseForm,
    ResolveForm,
    SignForm,
    UsePartForm,
    checked_id,
    device_instant,
    form_for,
)  # fmt: skip
from dispatch.field.queries import Stop
from dispatch.field.rules import ActKind, ActState, Progress
from dispatch.field.use_cases import Answer, Sent
from dispatch.field.vocabulary import ACTIONS, CAUSES, in_english

bp = Blueprint("field", __name__)

_STATUS = {
    ActState.APPLIED: 200, ActState.DUPLICATE: 200, ActState.WAITING: 202, ActState.CONFLICT: 409, ActState.REFUSED: 422,
}  # fmt: skip


def front_page(actor: Actor) -> str | None:
    """An engineer's home is his route (slot home.front)."""
    return url_for("field.today") if actor.role is Role.ENGINEER and actor.engineer_id is not None else None


def may_have_file(object_ref: str, actor: Actor) -> bool | None:
    """Whoever may see a visit may fetch what was kept of it (slot file.right); None for what is no visit."""
    kind, _sep, visit_ref = object_ref.partition(":")
    if kind != "visit" or not actor.may("field.view"):
        return None
    try:
        queries.visit_row(db.session(), actor, visit_ref)
    except MissingFieldVisit:
        return None
    return True


@bp.get("/field")
@requires("field.work")
def today() -> ResponseReturnValue:
    """Today's route, next stop first, as a list or on a map."""
    route = queries.todays_route(db.session(), current_actor(), request_now())
    template = "dispatch/field/map.html" if request.args.get("view") == "map" else "dispatch/field/today.html"
    head = route.next
    return render_template(
        template, route=route, zone=queries.ZONE, form=_main_form(head) if head else None,
        ways=_ways(head) if head else (), tile_url=current_app.extensions["settings"].tile_url,
    )  # fmt: skip


@bp.get("/field/visits/<visit_ref>")
@requires("field.work")
def visit(visit_ref: str) -> ResponseReturnValue:
    """One visit: what is owed, what has been done, and the one next step."""
    return _visit_page(visit_ref)


@bp.get("/field/visits/<visit_ref>/sign")
@requires("field.work")
def sign(visit_ref: str) -> ResponseReturnValue:
    """The report, shown before anything is signed; then the pad."""
    return _sign_page(visit_ref)


@bp.get("/field/visits/<visit_ref>/acts")
@requires("field.work")
def back_to_visit(visit_ref: str) -> ResponseReturnValue:
    """A refused act leaves its address in the browser; opening it again leads to the visit."""
    return redirect(url_for(".visit", visit_ref=visit_ref), 303)


@bp.post("/field/visits/<visit_ref>/acts")
@requires("field.work")
def do(visit_ref: str) -> ResponseReturnValue:
    """Any act of a page: the same use case as the API's, under the id the page was made with."""
    form_class = form_for(request.form.get("kind", ""))
    if form_class is None:
        abort(400)
    form = form_class()
    if form.validate_on_submit():
        with form.refusals():
            answer = use_cases.act(form.sent(visit_ref), by=current_actor(), now=request_now())
            if answer.state in (ActState.APPLIED, ActState.DUPLICATE):
                return redirect(_after(answer), 303)
            told = [say(code, **data) for code, data in answer.reasons]
            if any(code == Reassigned.code for code, _data in answer.reasons):
                # The page of a visit that is somebody else's now is not to be found; the reason is told on the route.
                flash(" ".join(told), "error")
                return redirect(url_for("field.today"), 303)
            form.refused.extend(told)
            form.status = 409 if answer.state is not ActState.REFUSED else 422
    form.renew()
    page = _sign_page if form.kind_of in (ActKind.SIGN, ActKind.REFUSE) else _visit_page
    return page(visit_ref, form)


def _after(answer: Answer) -> str:
    """Where the phone goes after an act."""
    if answer.flagged:
        flash(_("手机时间与服务器相差太大,已按收到时间记录并标注。"), "warning")
    if answer.kind is ActKind.DECLINE:
        flash(_("已拒单,调度员会改派。"))
        return url_for("field.today")
    if answer.kind is ActKind.RESOLVE:
        return url_for("field.sign", visit_ref=answer.visit_ref)
    if answer.kind in (ActKind.SIGN, ActKind.REFUSE):
        flash(_("%(ref)s 已完成。", ref=answer.visit_ref))
        return url_for("field.today")
    return url_for("field.visit", visit_ref=answer.visit_ref)


def _visit_page(visit_ref: str, form: ActForm | None = None) -> ResponseReturnValue:
    session, actor, now = db.session(), current_actor(), request_now()
    stop = queries.stop_of(session, actor, visit_ref, now)
    row = queries.visit_row(session, actor, visit_ref)
    sheets: dict[str, ActForm] = {
        "part": UsePartForm.fresh(), "resolve": ResolveForm.fresh(), "decline": DeclineForm.fresh(),
    }  # fmt: skip
    main = _main_form(stop)
    at_work = stop.progress in (Progress.WORKING, Progress.RESTORED)
    if form is not None:
        slot = {ActKind.USE_PART: "part", ActKind.RESOLVE: "resolve", ActKind.DECLINE: "decline"}.get(form.kind_of)
        if slot is not None:
            sheets[slot] = form
        elif form.kind_of is stop.main_act:
            main = form
    return render_template(
        "dispatch/field/visit.html", stop=stop, row=row, form=form, main=main, sheets=sheets, ways=_ways(stop),
        causes=CAUSES, actions=ACTIONS, progress=Progress, last=queries.last_visit(session, stop),
        used=report.parts_used(session, row.id),
        van=queries.wanted_of_van(session, actor, stop) if at_work else (),
        arrival=next((facts for _row, facts in store.answers_of(session, row.id, ActKind.ARRIVE)), None),
    ), form.status if form is not None else 200  # fmt: skip


def _sign_page(visit_ref: str, form: ActForm | None = None) -> ResponseReturnValue:
    session, actor, now = db.session(), current_actor(), request_now()
    stop = queries.stop_of(session, actor, visit_ref, now)
    if stop.progress is not Progress.RESOLVED:
        return (
            redirect(url_for("field.visit", visit_ref=visit_ref), 303) if form is None else _visit_page(visit_ref, form)
        )
    facts = report.report_of(session, queries.visit_row(session, actor, visit_ref), now)
    asked = form if isinstance(form, SignForm) else SignForm.fresh(
        name=stop.request.caller_name, mobile=stop.request.caller_mobile
    )  # fmt: skip
    refusing = form if isinstance(form, RefuseForm) else RefuseForm.fresh(name=stop.request.caller_name)
    return render_template(
        "dispatch/field/sign.html", stop=stop, report=facts, digest=report.digest(facts), form=form, asked=asked,
        refusing=refusing, box=(signature.WIDTH, signature.HEIGHT),
    ), form.status if form is not None else 200  # fmt: skip


def _main_form(stop: Stop) -> ActForm | None:
    """The form behind the main button; solving and signing have forms of their own."""
    act = stop.main_act
    if act in (None, ActKind.RESOLVE, ActKind.SIGN):
        return None
    form_class = form_for(act.value)
    assert form_class is not None
    return form_class.fresh()


def _ways(stop: Stop) -> tuple[navigation.Link, ...]:
    return navigation.links(stop.position, stop.site.name)


@bp.route("/field/parts", methods=["GET", "POST"])
@requires("field.work")
def parts() -> ResponseReturnValue:
    """What the van carries, what is to be collected, and asking for more."""
    session, actor, now = db.session(), current_actor(), request_now()
    form = AskForm(data={"action_id": new_action_id(), "visit_ref": request.args.get("visit", "")})
    if form.validate_on_submit():
        with form.refusals():
            held = use_cases.ask_for_part(
                form.visit_ref.data, part_no=form.part_no.data, qty=form.qty.data,
                key=checked_id(form.action_id.data), by=actor, now=now,
            )  # fmt: skip
            flash(_("已预留 %(n)s 件。", n=sum(line.qty for line in held)))
            return redirect(url_for("field.parts"), 303)
        form.action_id.data = new_action_id()
    return render_template(
        "dispatch/field/parts.html", form=form, van=queries.van(session, actor),
        has_van=queries.van_id(session, actor) is not None, collect=queries.to_collect(session, actor),
        visits=queries.open_visits(session, actor, now),
    ), form.status  # fmt: skip


@bp.get("/field/scan")
@requires("field.work")
def scan() -> ResponseReturnValue:
    """What a code names: a visit, an asset, a part, a serial of the engineer's own."""
    typed = request.args.get("code", "")
    form = FindForm(formdata=None, data={"code": typed[:80]})
    found = queries.find_code(db.session(), current_actor(), typed, request_now()) if typed else ()
    return render_template("dispatch/field/scan.html", form=form, typed=typed[:80], found=found)


@bp.get("/field/me")
@requires("field.work")
def me() -> ResponseReturnValue:
    """Language, theme, the coming days, and the way out."""
    route = queries.todays_route(db.session(), current_actor(), request_now())
    return render_template("dispatch/field/me.html", route=route)


@bp.get("/dispatch/visits/<visit_ref>/report.pdf")
@requires("field.view")
def report_pdf(visit_ref: str) -> ResponseReturnValue:
    """The service report, in Chinese, or in English on demand."""
    language = request.args.get("lang", "zh")
    if language not in paper.LANGUAGES:
        abort(404)
    pdf = paper.report_pdf(visit_ref, language=language, actor=current_actor(), now=request_now())
    response = make_response(pdf)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{paper.report_no(visit_ref, language)}.pdf"'
    return response


@bp.app_template_filter("month_day")
def month_day(at: datetime, zone: str) -> str:
    """A day as 11-21 周六 / 11-21 Sat: short enough for the phone's head."""
    day = at.astimezone(ZoneInfo(zone))
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun") if speaks_english() else tuple("一二三四五六日")
    return f"{day:%m-%d} {'' if speaks_english() else '周'}{names[day.weekday()]}"


@bp.app_template_filter("chips_in")
def chips_in(line: str, which: str, english: bool) -> str:
    """A cause or action as stored, its chips in the reader's language."""
    return in_english(line, CAUSES if which == "cause" else ACTIONS) if english else line


@bp.post("/api/field/acts")
@requires("field.work")
def acts() -> ResponseReturnValue:
    """One act as JSON: applied, duplicate, conflict, refused with reasons, or waiting (P19)."""
    body = json_object(
        required=("action_id", "device", "seq", "visit_ref", "kind", "claimed_at"), optional=("body", "offset_s")
    )
    answer = use_cases.act(_sent(body), by=current_actor(), now=request_now())
    return jsonify(_plain(answer)), _STATUS[answer.state]


def _sent(body: Any) -> Sent:
    kind = body["kind"]
    if not isinstance(kind, str) or kind not in set(ActKind):
        raise InvalidInput("kind", InputCode.not_choice)
    inner = body.get("body")
    if inner is not None and not isinstance(inner, dict):
        raise InvalidInput("body", "input.not_json")
    offset = body.get("offset_s")
    if offset is not None and (type(offset) is not int or abs(offset) > 10**8):
        raise InvalidInput("offset_s", InputCode.not_whole_number)
    action_id = body["action_id"]
    claimed_at = device_instant(body["claimed_at"])
    if claimed_at is None:
        raise InvalidInput("claimed_at", InputCode.required)
    return Sent(
        action_id=checked_id(action_id if isinstance(action_id, str) else None),
        device=clean_text(body["device"], field="device", max_len=80),
        seq=whole_number(body["seq"], field="seq", low=1, high=10**12),
        visit_ref=clean_text(body["visit_ref"], field="visit_ref", max_len=30), kind=ActKind(kind), body=inner or {},
        claimed_at=claimed_at, claimed_text=body["claimed_at"], offset_s=offset or 0,
    )  # fmt: skip


def _plain(answer: Answer) -> dict[str, Any]:
    return {
        "action_id": answer.action_id, "visit_ref": answer.visit_ref, "kind": answer.kind.value,
        "state": answer.state.value, "at": _iso(answer.at), "flagged": answer.flagged, "facts": answer.facts,
        "reasons": [{"code": code, "words": say(code, **data)} for code, data in answer.reasons],
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
