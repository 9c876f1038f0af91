"""Pages about an asset's cover: add a warranty, take a wrong one back (C2)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.policy import requires
from app.web.words import speaks_english
from contracts.entitlement.forms import VoidForm, WarrantyForm
from contracts.installbase import queries as installbase
from contracts.policies.api import policy_names
from contracts.terms import warranties
from contracts.terms.errors import MissingWarranty
from contracts.terms.models import Warranty

bp = Blueprint("entitlement", __name__)
ID = "int(max=999999999999)"


@bp.route(f"/assets/<{ID}:asset_id>/warranties/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_warranty(asset_id: int) -> ResponseReturnValue:
    """Add a warranty of the asset."""
    installbase.asset(db.session(), current_actor(), asset_id)
    form = WarrantyForm()
    english = speaks_english()
    names = policy_names(db.session())
    form.policy_id.choices = [("", "--"), *((str(p.id), p.name_en if english else p.name_zh) for p in names)]
    if form.validate_on_submit():
        with form.refusals():
            warranties.add_warranty(asset_id, form.facts(), by=current_actor(), now=request_now())
            return redirect(url_for("installbase.asset", asset_id=asset_id), 303)
    row = installbase.asset(db.session(), current_actor(), asset_id)
    return render_template("contracts/entitlement/warranty_form.html", form=form, row=row), form.status


@bp.route(f"/warranties/<{ID}:warranty_id>/void", methods=["GET", "POST"])
@requires("contracts.edit")
def void_warranty(warranty_id: int) -> ResponseReturnValue:
    """Take back a warranty that was entered wrongly."""
    asset_id = _warranty(warranty_id).asset_id
    form = VoidForm()
    if form.validate_on_submit():
        with form.refusals():
            warranties.void_warranty(warranty_id, why=form.why.data, by=current_actor(), now=request_now())
            return redirect(url_for("installbase.asset", asset_id=asset_id), 303)
    row = installbase.asset(db.session(), current_actor(), asset_id)
    page = render_template("contracts/entitlement/void.html", form=form, row=row, warranty=_warranty(warranty_id))
    return page, form.status


def _warranty(warranty_id: int) -> Warranty:
    """The warranty, if the actor may see its asset. Raises MissingWarranty."""
    session = db.session()
    warranty = session.get(Warranty, warranty_id)
    if warranty is None:
        raise MissingWarranty()
    installbase.asset(session, current_actor(), warranty.asset_id)
    return warranty
