"""Pages of what lies where: parts, places, the books; and receiving (I1-I4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.kernel.errors import InvalidInput
from app.kernel.quantity import whole_number
from app.kernel.text import clean_text, fold_code
from app.web.policy import requires
from inventory.catalogue import api as catalogue
from inventory.catalogue import queries as catalogue_queries
from inventory.ledger import queries
from inventory.ledger import use_cases as ledger
from inventory.ledger.forms import LINES, ReceiveForm
from inventory.places.hours import format_hours
from inventory.places.rules import PlaceId

bp = Blueprint("stock", __name__)


def _asked(name: str, *, max_len: int = 80) -> str:
    """One filter of a list, tolerant as searches are; what cannot be searched for finds nothing wrong."""
    try:
        return fold_code(clean_text(request.args.get(name, ""), field=name, max_len=max_len, required=False))
    except InvalidInput:
        return ""


def _page() -> int:
    """The page asked for. Raises InvalidInput naming it (P42)."""
    return whole_number(request.args.get("page", "1"), field="page", high=100_000)


def _pages(total: int) -> int:
    return max(1, -(-total // queries.PAGE))


@bp.get("/inventory/parts")
@requires("inventory.see")
def parts() -> ResponseReturnValue:
    """The catalogue, found by any of its fields, with the stock the actor sees."""
    q, category, low, page = _asked("q"), _asked("category"), request.args.get("low") == "1", _page()
    rows, total = queries.part_rows(db.session(), current_actor(), text=q, category=category, low=low, page=page)
    asked = {name: value for name, value in (("q", q), ("category", category), ("low", "1" if low else "")) if value}
    return render_template(
        "inventory/ledger/parts.html", rows=rows, total=total, page=page, pages=_pages(total), asked=asked, q=q,
        category=category, low=low, categories=queries.categories(db.session()),
    )  # fmt: skip


@bp.get("/inventory/parts/<part_no>")
@requires("inventory.see")
def part(part_no: str) -> ResponseReturnValue:
    """One part: where it lies, what may stand in for it, how it moved."""
    session, actor = db.session(), current_actor()
    data, _version = catalogue_queries.part_data(session, part_no)
    movements, total = queries.movement_rows(session, actor, part_no=part_no, limit=15)
    return render_template(
        "inventory/ledger/part.html", part=data, shelves=queries.shelf_rows(session, actor, part_no=part_no),
        substitutes=queries.substitute_rows(session, actor, part_no), movements=movements, total=total,
    )  # fmt: skip


@bp.get("/inventory/places")
@requires("inventory.see")
def places() -> ResponseReturnValue:
    """The tree of places."""
    return render_template("inventory/ledger/places.html", rows=queries.place_tree(db.session(), current_actor()))


@bp.get("/inventory/places/<code>")
@requires("inventory.see")
def place(code: str) -> ResponseReturnValue:
    """One place: what lies there, and how it came and went."""
    session, actor = db.session(), current_actor()
    place_id, about = queries.place_page(session, actor, code)
    movements, total = queries.movement_rows(session, actor, place_code=code, limit=15)
    return render_template(
        "inventory/ledger/place.html", place=about, hours=format_hours(about.hours),
        shelves=queries.shelf_rows(session, actor, place_id=place_id), movements=movements, total=total,
    )  # fmt: skip


@bp.get("/inventory/ledger")
@requires("inventory.see")
def books() -> ResponseReturnValue:
    """The books of a part, a place, a visit, or all of them, newest first."""
    asked = {name: _asked(name) for name in ("part_no", "place_code", "visit_ref")}
    page = _page()
    rows, total = queries.movement_rows(
        db.session(), current_actor(), part_no=asked["part_no"], place_code=asked["place_code"],
        visit_ref=asked["visit_ref"], page=page,
    )  # fmt: skip
    asked = {name: value for name, value in asked.items() if value}
    return render_template(
        "inventory/ledger/ledger.html", movements=rows, total=total, page=page, pages=_pages(total), asked=asked
    )


@bp.route("/inventory/receive", methods=["GET", "POST"])
@requires("inventory.receive")
def receive() -> ResponseReturnValue:
    """Goods come in from the supplier."""
    session = db.session()
    form = ReceiveForm()
    form.to_place.choices = queries.place_choices(session, current_actor())
    if form.validate_on_submit():
        with form.refusals():
            goods = form.goods(lambda part_no: catalogue.part_by_no(session, part_no))
            posted = ledger.receive(
                goods, to_place_id=PlaceId(int(form.to_place.data)), document=form.document.data,
                key=f"receive-{form.key.data}", by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for("stock.receive", done=len(posted)), 303)
    done: Any = request.args.get("done", "")
    done = int(done) if done.isascii() and done.isdigit() and len(done) < 6 else None
    return render_template("inventory/ledger/receive.html", form=form, lines=LINES, done=done), form.status
