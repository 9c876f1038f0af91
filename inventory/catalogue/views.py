"""Pages that describe parts: a new one, and one described anew (I1)."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.policy import requires
from inventory.catalogue import queries, use_cases
from inventory.catalogue.forms import PartForm
from inventory.catalogue.rules import PartData

bp = Blueprint("catalogue", __name__)


@bp.route("/inventory/parts/new", methods=["GET", "POST"])
@requires("inventory.catalogue.edit")
def new_part() -> ResponseReturnValue:
    """Describe a part that the catalogue does not have yet."""
    form = PartForm(unit="件", criticality="2", cost=0, price=0, lead_days=0, minimum=0)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.add_part(form.part_data(), by=current_actor(), now=request_now())
            return redirect(url_for("stock.part", part_no=form.part_no.data), 303)
    return render_template("inventory/catalogue/part_form.html", form=form, part_no=None), form.status


@bp.route("/inventory/parts/<part_no>/edit", methods=["GET", "POST"])
@requires("inventory.catalogue.edit")
def edit_part(part_no: str) -> ResponseReturnValue:
    """Describe a part anew; whoever saved meanwhile is not overwritten (P14)."""
    data, version = queries.part_data(db.session(), part_no)
    form = PartForm(**_as_typed(data), version=version) if request.method == "GET" else PartForm()
    if form.validate_on_submit():
        if form.version.data is None:  # Only a page that was tampered with names none.
            abort(400)
        with form.refusals():
            use_cases.edit_part(
                part_no, form.part_data(), version=form.version.data, by=current_actor(), now=request_now()
            )
            return redirect(url_for("stock.part", part_no=form.part_no.data), 303)
    return render_template("inventory/catalogue/part_form.html", form=form, part_no=part_no), form.status


def _as_typed(data: PartData) -> dict[str, object]:
    return {
        "part_no": data.part_no, "name": data.name, "name_en": data.name_en, "category": data.category,
        "unit": data.unit, "serial_tracked": data.serial_tracked, "returnable": data.returnable,
        "criticality": str(data.criticality), "cost": data.cost_fen, "price": data.price_fen,
        "supplier": data.supplier, "lead_days": data.lead_days, "minimum": data.minimum, "maximum": data.maximum,
        "models": data.models, "substitutes": data.substitutes,
    }  # fmt: skip
