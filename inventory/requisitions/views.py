"""Pages of the storekeeper's day: lists to pick, the issue station, reserving, returning, reversing (I5, I6)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.auth.actor import Actor
from app.auth.session import current_actor, request_now
from app.db import db
from app.search.views import Hit
from app.web.policy import requires
from inventory.catalogue import api as catalogue
from inventory.ledger import queries as stock
from inventory.ledger.errors import MissingMovement
from inventory.places import api as places
from inventory.places.rules import PlaceId, PlaceKind
from inventory.requisitions import queries, use_cases
from inventory.requisitions.forms import LINES, IssueForm, ReleaseForm, ReserveForm, ReturnForm, ReverseForm
from inventory.requisitions.rules import PickState

bp = Blueprint("requisitions", __name__)
VANS = (PlaceKind.VAN,)
SHELVES = (PlaceKind.WAREHOUSE, PlaceKind.DEPOT, PlaceKind.BIN)


@bp.get("/inventory")
@requires("inventory.issue")
def picks() -> ResponseReturnValue:
    """What waits at the counter; a scanned pick list or visit opens from here."""
    asked = request.args.get("code", "").strip()[:80]
    session = db.session()
    if asked:
        found = queries.pick_rows(session, pick_no=asked) or queries.pick_rows(session, visit_ref=asked)
        if found:
            return redirect(url_for("requisitions.issue", pick_no=found[0].pick_no), 303)
    rows = queries.pick_rows(session)
    return render_template(
        "inventory/requisitions/picks.html", rows=rows, asked=asked, todo=queries.waiting(session, current_actor())
    )


@bp.route("/inventory/picks/<pick_no>", methods=["GET", "POST"])
@requires("inventory.issue")
def issue(pick_no: str) -> ResponseReturnValue:
    """The issue station: scan each part, then Enter; keyboard and scanner only."""
    session = db.session()
    row, lines = queries.pick_page(session, pick_no)
    form = IssueForm(version=row.version, to_place=str(row.to_place_id or ""))
    form.to_place.choices = stock.place_choices(session, current_actor(), VANS, good=True)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.issue(
                pick_no, form.scans.data, to_place_id=PlaceId(int(form.to_place.data)), reason=form.reason.data,
                version=form.version.data, by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for("requisitions.issue", pick_no=pick_no), 303)
    template = "inventory/requisitions/issue.html"
    return render_template(template, form=form, pick=row, lines=lines, open=row.state is PickState.WAITING), form.status


@bp.get("/inventory/visits/<visit_ref>")
@requires("inventory.reserve")
def visit(visit_ref: str) -> ResponseReturnValue:
    """A visit's parts: held, out, and the lists that bring them."""
    form = _reserve_form(ReserveForm())
    return _visit(visit_ref, form)


@bp.post("/inventory/visits/<visit_ref>/reserve")
@requires("inventory.reserve")
def reserve(visit_ref: str) -> ResponseReturnValue:
    """Hold parts for a visit, all or none."""
    form = _reserve_form(ReserveForm())
    queries.visit_page(db.session(), visit_ref)
    if form.validate_on_submit():
        with form.refusals():
            session = db.session()
            wanted = form.wanted(lambda part_no: catalogue.part_by_no(session, part_no))
            use_cases.reserve_for_visit(
                wanted, visit_ref=visit_ref, place_id=PlaceId(int(form.place.data)) if form.place.data != "-" else None,
                holder_ref=form.van.data if form.van.data != "-" else None, key=f"reserve-{form.key.data}",
                by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for("requisitions.visit", visit_ref=visit_ref), 303)
    return _visit(visit_ref, form)


@bp.post("/inventory/visits/<visit_ref>/release")
@requires("inventory.reserve")
def release(visit_ref: str) -> ResponseReturnValue:
    """Let go of everything held for a visit."""
    form = ReleaseForm()
    queries.visit_page(db.session(), visit_ref)
    if not form.validate_on_submit():
        abort(422)
    use_cases.release_for_visit(visit_ref, by=current_actor(), now=request_now())
    return redirect(url_for("requisitions.visit", visit_ref=visit_ref), 303)


def _reserve_form(form: ReserveForm) -> ReserveForm:
    session, actor = db.session(), current_actor()
    form.place.choices = [("-", _("最合适的地方")), *stock.place_choices(session, actor, good=True)]
    vans = [card for card in places.place_cards(session).values() if card.kind is PlaceKind.VAN and card.holder_ref]
    good = {card.holder_ref: f"{card.code} {card.name}" for card in vans if not card.code.endswith("-X")}
    form.van.choices = [("-", _("还没定")), *sorted(good.items(), key=lambda pair: pair[1])]
    return form


def _visit(visit_ref: str, form: ReserveForm) -> ResponseReturnValue:
    session = db.session()
    movements, _total = stock.movement_rows(session, current_actor(), visit_ref=visit_ref, limit=15)
    return render_template(
        "inventory/requisitions/visit.html", page=queries.visit_page(session, visit_ref), form=form, lines=LINES,
        movements=movements,
    ), form.status  # fmt: skip


@bp.route("/inventory/returns", methods=["GET", "POST"])
@requires("inventory.return")
def returns() -> ResponseReturnValue:
    """Unused parts come back from a van, each naming its visit."""
    session, actor = db.session(), current_actor()
    form = ReturnForm(visit_ref=request.args.get("visit_ref", "")[:40], code=request.args.get("code", "")[:80])
    form.from_place.choices = stock.place_choices(session, actor, VANS)
    form.to_place.choices = stock.place_choices(session, actor, SHELVES)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.return_parts(
                form.code.data, form.qty.data, visit_ref=form.visit_ref.data,
                from_place_id=PlaceId(int(form.from_place.data)), to_place_id=PlaceId(int(form.to_place.data)),
                key=f"return-{form.key.data}", by=actor, now=request_now(),
            )  # fmt: skip
            return redirect(url_for("requisitions.returns", done=1), 303)
    done = request.args.get("done") == "1"
    return render_template("inventory/requisitions/returns.html", form=form, done=done), form.status


@bp.route("/inventory/movements/<int:n>/reverse", methods=["GET", "POST"])
@requires("inventory.reverse")
def reverse(n: int) -> ResponseReturnValue:
    """Take a movement back, with a reason; the row itself stays (P3)."""
    rows, _total = stock.movement_rows(db.session(), current_actor(), n=min(n, 2**62))
    if not rows:
        raise MissingMovement(n=n)
    form = ReverseForm()
    if form.validate_on_submit():
        with form.refusals():
            use_cases.reverse(n, reason=form.reason.data, by=current_actor(), now=request_now())
            return redirect(url_for("stock.books", part_no=rows[0].part_no), 303)
    return render_template("inventory/requisitions/reverse.html", form=form, movement=rows[0]), form.status


def home_card(actor: Actor, now: object) -> Markup | None:
    """What waits for the storekeeper, on the home page."""
    if not actor.may("inventory.issue"):
        return None
    waiting = queries.waiting(db.session(), actor)
    return Markup(render_template("inventory/requisitions/_home_card.html", todo=waiting))  # noqa: S704 - escaped by its template


def asset_archive(*, asset_id: int, actor: Actor) -> Markup | None:
    """The parts that went into an asset and came out of it; whoever may see the asset's page may see these."""
    rows = queries.asset_parts(db.session(), f"asset:{asset_id}")
    if not rows:
        return None
    return Markup(render_template("inventory/requisitions/_asset_parts.html", rows=rows))  # noqa: S704 - escaped by its template


def find(actor: Actor, text: str) -> Iterable[Hit]:
    """Parts by number, name, initials, model or serial; places and pick lists by number (B2, P25)."""
    if not actor.may("inventory.see"):
        return
    session = db.session()
    rows, _total = stock.part_rows(session, actor, text=text, limit=8)
    for row in rows:
        yield Hit(
            _("备件"),
            row.part_no,
            f"{row.name} · {row.available} {row.unit}",
            url_for("stock.part", part_no=row.part_no),
        )
    for place in stock.place_tree(session, actor):
        if text.lower() in place.code.lower() or text in place.name:
            yield Hit(_("存放处"), place.code, place.name, url_for("stock.place", code=place.code))
    if actor.may("inventory.issue"):
        for pick in queries.pick_rows(session, state=None, pick_no=text):
            yield Hit(_("领料单"), pick.pick_no, pick.visit_ref, url_for("requisitions.issue", pick_no=pick.pick_no))
