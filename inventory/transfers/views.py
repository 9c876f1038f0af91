"""Pages of transfers: send, list, and confirm at the other end (I7)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.policy import requires
from inventory.catalogue import api as catalogue
from inventory.ledger.forms import LINES, ShipForm
from inventory.ledger.queries import place_choices
from inventory.places.rules import PlaceId
from inventory.transfers import queries, use_cases
from inventory.transfers.forms import confirm_form
from inventory.transfers.rules import TransferState

bp = Blueprint("transfers", __name__)


@bp.get("/inventory/transfers")
@requires("inventory.transfer.confirm")
def transfers() -> ResponseReturnValue:
    """What is on the road, then what has arrived."""
    rows = queries.transfer_rows(db.session(), current_actor())
    return render_template("inventory/transfers/list.html", rows=rows)


@bp.route("/inventory/transfers/new", methods=["GET", "POST"])
@requires("inventory.transfer")
def ship() -> ResponseReturnValue:
    """Send parts to another place of ours."""
    session = db.session()
    form = ShipForm()
    form.from_place.choices = form.to_place.choices = place_choices(session, current_actor())
    if form.validate_on_submit():
        with form.refusals():
            goods = form.goods(lambda part_no: catalogue.part_by_no(session, part_no))
            number = use_cases.ship(
                goods, from_place_id=PlaceId(int(form.from_place.data)), to_place_id=PlaceId(int(form.to_place.data)),
                key=f"ship-{form.key.data}", by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for("transfers.transfer", transfer_no=number), 303)
    return render_template("inventory/transfers/ship.html", form=form, lines=LINES), form.status


@bp.route("/inventory/transfers/<transfer_no>", methods=["GET", "POST"])
@requires("inventory.transfer.confirm")
def transfer(transfer_no: str) -> ResponseReturnValue:
    """One transfer; while it is on the road, the other end says here what arrived."""
    row, lines = queries.transfer_page(db.session(), transfer_no, current_actor())
    form = confirm_form(lines)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.confirm(
                transfer_no, form.arrived(lines), reason=form.reason.data, by=current_actor(), now=request_now()
            )
            return redirect(url_for("transfers.transfer", transfer_no=transfer_no), 303)
    on_the_road = row.state is TransferState.SHIPPED
    return render_template(
        "inventory/transfers/transfer.html", form=form, transfer=row, lines=lines, on_the_road=on_the_road
    ), form.status
