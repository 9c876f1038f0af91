"""The dispatch board: one screen of clocks, engineers and the map, live, and every act on it a real form (B1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.actor import Actor
from app.auth.session import current_actor, request_now
from app.db import Stale, db
from app.domain import Role
from app.kernel.dates import local_day
from app.kernel.errors import DomainError, Kind
from app.web.policy import requires
from app.web.show import local_time
from dispatch.board import drawing, queries
from dispatch.board import undo as undoing
from dispatch.board.cards import Card, last_change, read_card
from dispatch.board.errors import GiveReason, NotPlanned
from dispatch.board.filters import Filters, read_filters
from dispatch.board.forms import AssignForm, PinForm, SeenForm
from dispatch.board.judge import Verdict, extra_cost, judge
from dispatch.planner import use_cases as planner
from dispatch.planner.settings import ZONE
from dispatch.visits import use_cases as visits
from dispatch.visits.errors import MissingVisit
from dispatch.visits.use_cases import Slot

bp = Blueprint("board", __name__, url_prefix="/dispatch/board")


def front_page(actor: Actor) -> str | None:
    """A dispatcher's home is the board: what needs action, the timeline, the map (slot home.front, screens §4)."""
    return url_for("board.board") if actor.role is Role.DISPATCHER else None


def by_script() -> bool:
    """Whether htmx asks, so that a piece is answered instead of a page."""
    return "HX-Request" in request.headers


@bp.get("")
@requires("dispatch.view_board")
def board() -> ResponseReturnValue:
    """The whole board for the filter in the address; without scripts its list, tables and forms do the same work."""
    found = queries.board(db.session(), read_filters(request.args, request_now()), now=request_now())
    undo = _undo_of(request.args.get("assigned", "")[:20])
    return render_template("dispatch/board/board.html", undo_bar=undo, **_about(found))


@bp.get("/list")
@requires("dispatch.view_board")
def list_piece() -> ResponseReturnValue:
    """The list and the counters as they are now."""
    found = queries.board(db.session(), read_filters(request.args, request_now()), now=request_now())
    return render_template("dispatch/board/_list_and_counters.html", **_about(found))


@bp.get("/state")
@requires("dispatch.view_board")
def state() -> ResponseReturnValue:
    """Rows, bars and points for timeline and map."""
    return jsonify(
        drawing.picture(queries.board(db.session(), read_filters(request.args, request_now()), now=request_now()))
    )


@bp.get("/version")
@requires("dispatch.view_board")
def version() -> ResponseReturnValue:
    """Whether anything has changed; asked every other second, so it is one statement."""
    now = request_now()
    return jsonify(version=queries.version(db.session(), now=now), now=now.isoformat())


@bp.route("/visits/<visit_ref>/assign", methods=["GET", "POST"])
@requires("dispatch.assign")
def assign_page(visit_ref: str) -> ResponseReturnValue:
    """Choose engineer and time; shows what the choice would break, and asks why only then (screens §5, rows 3, 4)."""
    now, form = request_now(), AssignForm()
    card = one_card(visit_ref)
    if request.method == "GET":
        return _choose(card, form, _asked_verdict(card, now))
    if not form.validate_on_submit():
        return _choose(card, form, None)
    before = undoing.look(db.session(), visit_ref)
    try:
        _send(card, form, now)
    except DomainError as error:
        return _refused(card, form, error)
    undoable = undoing.keep(before, visit_ref, by=current_actor(), now=now)
    fresh = one_card(visit_ref)
    words = _("已派 %(ref)s 给 %(name)s", ref=visit_ref, name=drawing.engineer_of(fresh))
    return _changed(fresh, undoable=undoable, words=words)


@bp.post("/visits/<visit_ref>/undo")
@requires("dispatch.assign")
def undo(visit_ref: str) -> ResponseReturnValue:
    """Everything the last assignment moved stands as before; an answer given to the caller stays given."""
    form, card = SeenForm(), one_card(visit_ref)
    if not form.validate_on_submit():
        return notice([_("撤销没有成功,请看最新状态。")], 422)
    try:
        answered_at = undoing.take_back(
            visit_ref, seen_version=form.version.data, by=current_actor(), now=request_now()
        )
    except DomainError as error:
        return _refused(card, None, error)
    words = _("已撤销 %(ref)s", ref=visit_ref)
    if answered_at is not None:
        at = local_time(answered_at, card.zone)
        words = _("已撤销 %(ref)s;响应已于 %(at)s 记录,不随撤销收回", ref=visit_ref, at=at)
    return _changed(one_card(visit_ref), words=words)


@bp.post("/visits/<visit_ref>/unassign")
@requires("dispatch.assign")
def unassign(visit_ref: str) -> ResponseReturnValue:
    """Nobody goes any more: the visit waits in the list again."""
    form, card = SeenForm(), one_card(visit_ref)
    if not form.validate_on_submit():
        return notice([_("请先改正这些内容")], 422)
    try:
        visits.unassign_visit(visit_ref, seen_version=form.version.data, by=current_actor(), now=request_now())
    except DomainError as error:
        return _refused(card, None, error)
    return _changed(one_card(visit_ref), words=_("已退回待派 %(ref)s", ref=visit_ref))


@bp.post("/visits/<visit_ref>/pin")
@requires("dispatch.assign")
def pin(visit_ref: str) -> ResponseReturnValue:
    """Lock the visit to its engineer and time, or let the planner move it again (R1)."""
    form, card = PinForm(), one_card(visit_ref)
    if not form.validate_on_submit():
        return notice([_("请先改正这些内容")], 422)
    try:
        if card.engineer_id is None or card.starts_at is None or card.ends_at is None:
            raise NotPlanned()
        visits.assign_visit(
            visit_ref, engineer_id=card.engineer_id, slot=Slot(card.starts_at, card.ends_at, card.travel_s, card.via or None),
            seen_version=form.version.data, pinned=form.pinned.data, anyway_reason=card.anyway_reason,
            by=current_actor(), now=request_now(),
        )  # fmt: skip
    except DomainError as error:
        return _refused(card, None, error)
    words = _("已锁定 %(ref)s", ref=visit_ref) if form.pinned.data else _("已解锁 %(ref)s", ref=visit_ref)
    return _changed(one_card(visit_ref), words=words)


@bp.get("/visits/<visit_ref>/preview")
@requires("dispatch.assign")
def preview(visit_ref: str) -> ResponseReturnValue:
    """What a drop on this engineer at this time would break; changes nothing (R5)."""
    card, now = one_card(visit_ref), request_now()
    verdict = _asked_verdict(card, now)
    if verdict is None:
        return jsonify(words=_("请选择工程师"), fits=False, asks=True), 422
    extra_fen = extra_cost(db.session(), card, verdict.engineer_id, now=now)
    return jsonify(
        words=drawing.verdict_words(verdict, card.zone, extra_fen),
        fits=not verdict.grave,
        asks=bool(verdict.breaches),
        start=verdict.starts_at.isoformat(),
    )


def _about(found: queries.Board) -> dict[str, Any]:
    """What every template of the board speaks of."""
    today = local_day(found.now, ZONE)
    args = found.filters

    def view_url(**other: Any) -> str:
        return url_for("board.board", **args.args(today, **{"selected": "", **other}))

    return {
        "board": found, "today": today, "view_url": view_url, "selected": args.selected, "request_url": request_url,
        "new_url": url_for("desk.intake"), "view_args": args.args(today),
        "tile_url": current_app.extensions["settings"].tile_url,
        "day_before": args.day - timedelta(days=1), "day_after": args.day + timedelta(days=1),
        "zone": ZONE, "may_plan": current_actor().may("dispatch.plan"),
    }  # fmt: skip


def request_url(card: Card) -> str:
    """The page that tells everything about the visit's request."""
    return url_for("desk.request_page", request_no=card.request_no)


def one_card(visit_ref: str) -> Card:
    """The visit as its card shows it; raises MissingVisit."""
    found = read_card(db.session(), visit_ref, now=request_now())
    if found is None:
        raise MissingVisit()
    return found


def _asked_verdict(card: Card, now: datetime) -> Verdict | None:
    """The verdict on the engineer and time in the address; None where no engineer is named."""
    engineer = request.args.get("engineer", "")
    if not engineer.isdecimal() or len(engineer) > 9:
        return None
    field = AssignForm(meta={"csrf": False}).start_at
    try:
        start = field.parse(request.args["start"]) if request.args.get("start") else None
    except DomainError:
        start = None
    return judge(db.session(), card, int(engineer), start, now=now)


def _send(card: Card, form: AssignForm, now: datetime) -> None:
    """Without a time the planner puts the visit where it costs least; a time, or a reason, is the dispatcher's word."""
    by, seen = current_actor(), form.version.data
    if form.start_at.data is None and not form.reason.data:
        planner.assign_by_hand(card.visit_ref, form.engineer_id.data, seen_version=seen, by=by, now=now)
        return
    verdict = judge(db.session(), card, form.engineer_id.data, form.start_at.data, now=now)
    same = card.engineer_id == verdict.engineer_id
    if verdict.grave and not form.reason.data:
        raise GiveReason(breaches=drawing.breach_words(verdict.breaches))
    visits.assign_visit(
        card.visit_ref,
        engineer_id=verdict.engineer_id,
        # With the same engineer the pieces stay where they are held, so the house on his way stays too.
        slot=Slot(verdict.starts_at, verdict.ends_at, verdict.travel_s, (card.via or None) if same else None),
        seen_version=seen,
        pinned=card.pinned and same,
        anyway_reason=form.reason.data,
        by=by,
        now=now,
    )


def _choose(
    card: Card, form: AssignForm, verdict: Verdict | None, *, ask_reason: bool = False, status: int | None = None
) -> ResponseReturnValue:
    """The page, or the dialog's body, where engineer and time are chosen."""
    template = "dispatch/board/_choose.html" if by_script() else "dispatch/board/choose.html"
    if verdict is not None and request.method == "GET":
        form.start_at.data = verdict.starts_at if request.args.get("start") else None
        ask_reason = verdict.grave
    chosen = verdict.engineer_id if verdict else card.engineer_id
    html = render_template(
        template, card=card, form=form, in_dialog=by_script(), chosen=chosen, ask_reason=ask_reason or bool(form.reason.errors),
        choices=drawing.choices(
            queries.engineers(db.session(), on=local_day(request_now(), ZONE)), queries.territories(db.session())
        ),
        breaches=drawing.breach_words(verdict.breaches) if verdict else "",
    )  # fmt: skip
    response = make_response(html, status or form.status)
    if by_script() and request.method == "POST":
        response.headers["HX-Retarget"] = "#board-dialog-body"
    return response


def _refused(card: Card, form: AssignForm | None, error: DomainError) -> ResponseReturnValue:
    """A rule said no: a conflict shows both versions, a missing reason is asked for, the rest is told in full."""
    if error.kind in {Kind.missing, Kind.forbidden, Kind.unavailable}:
        raise error
    fresh = read_card(db.session(), card.visit_ref, now=request_now()) or card
    if isinstance(error, Stale) or (error.kind is Kind.conflict and fresh.version != card.version):
        return _conflict(card, fresh, form)
    if form is None:
        return notice(drawing.refusal_words(error), 409 if error.kind is Kind.conflict else 422)
    form.refused.extend(drawing.refusal_words(error))
    status = 409 if error.kind is Kind.conflict else 422
    verdict = None
    if form.engineer_id.data:
        verdict = judge(db.session(), fresh, form.engineer_id.data, form.start_at.data, now=request_now())
    # What is refused here can be done all the same by whoever says why; the reason is kept with the visit.
    return _choose(fresh, form, verdict, ask_reason=True, status=status)


def _conflict(mine: Card, theirs: Card, form: AssignForm | None) -> ResponseReturnValue:
    """Somebody was first: who, when, what; with the act again on the version found (P14)."""
    change = last_change(db.session(), theirs.visit_ref)
    who = queries.engineers(db.session(), on=local_day(request_now(), ZONE))
    wanted = next((drawing.person_name(p) for p in who if form is not None and p.id == form.engineer_id.data), "--")
    html = render_template(
        "dispatch/board/_conflict.html" if by_script() else "dispatch/board/conflict.html",
        card=theirs, in_dialog=by_script(), change=change, wanted_name=wanted, form=form,
        start_at=form.start_at.data if form else None, show_url=url_for("board.board", selected=theirs.visit_ref),
    )  # fmt: skip
    return make_response(html, 409)


def notice(words: list[str], status: int) -> ResponseReturnValue:
    """A refusal in words: a piece for scripts, a page otherwise."""
    html = render_template(
        "dispatch/board/_notice.html" if by_script() else "dispatch/board/notice.html", notices=words
    )
    return make_response(html, status)


def _changed(card: Card, *, words: str, undoable: bool = False) -> ResponseReturnValue:
    """What changed, in place: the card as it stands now, the counters, the undo. A page goes back to the board."""
    if not by_script():
        args: dict[str, Any] = {"selected": card.visit_ref, "assigned": card.visit_ref if undoable else None}
        return redirect(url_for("board.board", **args), 303)
    found = queries.board(db.session(), Filters(local_day(request_now(), ZONE)), now=request_now())
    html = render_template(
        "dispatch/board/_changed.html", card=card, undo_values={"version": card.version} if undoable else None,
        words=words, **_about(found),
    )  # fmt: skip
    response = make_response(html)
    response.headers["HX-Trigger"] = "board:changed"
    return response


def _undo_of(visit_ref: str) -> dict[str, Any] | None:
    """The undo bar of a page that was reached by a redirect after an assignment."""
    card = read_card(db.session(), visit_ref, now=request_now()) if visit_ref else None
    if card is None or not undoing.may_take_back(db.session(), visit_ref, card.version):
        return None
    return {
        "words": _("已派 %(ref)s 给 %(name)s", ref=visit_ref, name=drawing.engineer_of(card)),
        "url": url_for("board.undo", visit_ref=visit_ref), "values": {"version": card.version},
    }  # fmt: skip
