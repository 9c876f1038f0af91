"""Pages that describe places: a new one, and one described anew (I2)."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.policy import requires
from inventory.places import store, use_cases
from inventory.places.forms import PlaceForm
from inventory.places.models import Place

bp = Blueprint("places", __name__)


@bp.route("/inventory/places/new", methods=["GET", "POST"])
@requires("inventory.places.edit")
def new_place() -> ResponseReturnValue:
    """Add a warehouse, a depot, a bin or a van to the tree."""
    form = PlaceForm(kind="bin", condition="good")
    if form.validate_on_submit():
        with form.refusals():
            use_cases.add_place(form.place_data(), by=current_actor(), now=request_now())
            return redirect(url_for("stock.place", code=form.code.data), 303)
    return render_template("inventory/places/place_form.html", form=form, code=None), form.status


@bp.route("/inventory/places/<code>/edit", methods=["GET", "POST"])
@requires("inventory.places.edit")
def edit_place(code: str) -> ResponseReturnValue:
    """Describe a place anew; whoever saved meanwhile is not overwritten (P14)."""
    place = store.by_code(db.session(), code)
    form = PlaceForm(**_as_typed(place)) if request.method == "GET" else PlaceForm()
    if form.validate_on_submit():
        if form.version.data is None:  # Only a page that was tampered with names none.
            abort(400)
        with form.refusals():
            use_cases.edit_place(
                code, form.place_data(), version=form.version.data, by=current_actor(), now=request_now()
            )
            return redirect(url_for("stock.place", code=form.code.data), 303)
    return render_template("inventory/places/place_form.html", form=form, code=code), form.status


def _as_typed(place: Place) -> dict[str, object]:
    parent = db.session().get(Place, place.parent_id) if place.parent_id else None
    return {
        "code": place.code, "name": place.name, "kind": place.kind.value, "condition": place.condition.value,
        "parent": parent.code if parent else "", "lat": place.lat, "lon": place.lon,
        "hours": store.hours_from_text(place.hours), "holder_ref": place.holder_ref or "",
        "version": place.version,
    }  # fmt: skip
