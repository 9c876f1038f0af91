"""Pages of the install base: customers, contacts, sites, assets (C1)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.policy import requires
from contracts.installbase import api, queries, use_cases
from contracts.installbase.forms import (
    NOBODY,
    AssetForm,
    ContactForm,
    CustomerForm,
    RetireForm,
    SiteForm,
    choices,
)
from contracts.installbase.models import Asset, Site
from contracts.installbase.store import MILLION, site_card
from contracts.listing import asked

bp = Blueprint("installbase", __name__)
ID = "int(max=999999999999)"


@bp.get("/customers")
@requires("contracts.see")
def customers() -> ResponseReturnValue:
    """The customers the actor may see, found by name, initials, number or telephone."""
    found = queries.customers(db.session(), current_actor(), asked(request.args, {}))
    return render_template("contracts/installbase/customers.html", found=found)


@bp.get(f"/customers/<{ID}:customer_id>")
@requires("contracts.see")
def customer(customer_id: int) -> ResponseReturnValue:
    """One customer: people, sites, assets, and what upper rooms and floors add."""
    session = db.session()
    row = queries.customer(session, current_actor(), customer_id)
    return render_template(
        "contracts/installbase/customer.html",
        customer=row,
        contacts=api.contacts_of(session, row.id),
        sites=api.sites_of_customer(session, row.id),
        assets=queries.customer_assets(session, row.id),
    )


@bp.route("/customers/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_customer() -> ResponseReturnValue:
    """Add a customer."""
    form = CustomerForm()
    if form.validate_on_submit():
        with form.refusals():
            customer_id = use_cases.add_customer(form.facts(), by=current_actor(), now=request_now())
            return redirect(url_for(".customer", customer_id=customer_id), 303)
    return render_template("contracts/installbase/customer_form.html", form=form, customer=None), form.status


@bp.route(f"/customers/<{ID}:customer_id>/edit", methods=["GET", "POST"])
@requires("contracts.edit")
def edit_customer(customer_id: int) -> ResponseReturnValue:
    """Change a customer."""
    row = queries.customer(db.session(), current_actor(), customer_id)
    form = CustomerForm(obj=row)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.edit_customer(
                customer_id, form.facts(), seen=form.version.data or 0, by=current_actor(), now=request_now()
            )
            return redirect(url_for(".customer", customer_id=customer_id), 303)
    row = queries.customer(db.session(), current_actor(), customer_id)
    return render_template("contracts/installbase/customer_form.html", form=form, customer=row), form.status


@bp.route(f"/customers/<{ID}:customer_id>/contacts/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_contact(customer_id: int) -> ResponseReturnValue:
    """Add a person at the customer."""
    queries.customer(db.session(), current_actor(), customer_id)
    form = _contact_form(customer_id)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.add_contact(customer_id, form.facts(), by=current_actor(), now=request_now())
            return redirect(url_for(".customer", customer_id=customer_id), 303)
    row = queries.customer(db.session(), current_actor(), customer_id)
    return render_template(
        "contracts/installbase/contact_form.html", form=form, customer=row, contact=None
    ), form.status


@bp.route(f"/contacts/<{ID}:contact_id>/edit", methods=["GET", "POST"])
@requires("contracts.edit")
def edit_contact(contact_id: int) -> ResponseReturnValue:
    """Change a person."""
    contact = queries.contact(db.session(), current_actor(), contact_id)
    customer_id = contact.customer_id
    form = _contact_form(customer_id, obj=contact)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.edit_contact(
                contact_id, form.facts(), seen=form.version.data or 0, by=current_actor(), now=request_now()
            )
            return redirect(url_for(".customer", customer_id=customer_id), 303)
    row = queries.customer(db.session(), current_actor(), customer_id)
    page = render_template("contracts/installbase/contact_form.html", form=form, customer=row, contact=contact_id)
    return page, form.status


@bp.get("/sites")
@requires("contracts.see")
def sites() -> ResponseReturnValue:
    """The sites the actor may see."""
    territories = queries.territories(db.session(), current_actor())
    found = queries.sites(db.session(), current_actor(), asked(request.args, {"territory": territories}))
    return render_template("contracts/installbase/sites.html", found=found, territories=territories)


@bp.get(f"/sites/<{ID}:site_id>")
@requires("contracts.see")
def site(site_id: int) -> ResponseReturnValue:
    """One site: where it lies, who lets one in, what stands there."""
    session = db.session()
    row = queries.site(session, current_actor(), site_id)
    return render_template(
        "contracts/installbase/site.html",
        site=site_card(row),
        customer=queries.customer(session, current_actor(), row.customer_id),
        contacts=api.contacts_of(session, row.customer_id, site_id=row.id),
        assets=queries.site_assets(session, row.id),
        tile_url=current_app.extensions["settings"].tile_url,
    )


@bp.route(f"/customers/<{ID}:customer_id>/sites/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_site(customer_id: int) -> ResponseReturnValue:
    """Add a site of the customer."""
    queries.customer(db.session(), current_actor(), customer_id)
    form = SiteForm()
    if form.validate_on_submit():
        with form.refusals():
            site_id = use_cases.add_site(customer_id, form.facts(), by=current_actor(), now=request_now())
            return redirect(url_for(".site", site_id=site_id), 303)
    row = queries.customer(db.session(), current_actor(), customer_id)
    return render_template("contracts/installbase/site_form.html", form=form, customer=row, site=None), form.status


@bp.route(f"/sites/<{ID}:site_id>/edit", methods=["GET", "POST"])
@requires("contracts.edit")
def edit_site(site_id: int) -> ResponseReturnValue:
    """Change a site."""
    row = queries.site(db.session(), current_actor(), site_id)
    form = SiteForm(data=_site_data(row))
    customer_id = row.customer_id
    if form.validate_on_submit():
        with form.refusals():
            use_cases.edit_site(
                site_id, form.facts(), seen=form.version.data or 0, by=current_actor(), now=request_now()
            )
            return redirect(url_for(".site", site_id=site_id), 303)
    customer = queries.customer(db.session(), current_actor(), customer_id)
    page = render_template("contracts/installbase/site_form.html", form=form, customer=customer, site=site_id)
    return page, form.status


@bp.get("/assets")
@requires("contracts.see")
def assets() -> ResponseReturnValue:
    """The assets the actor may see."""
    models = queries.models(db.session(), current_actor())
    what = asked(request.args, {"model": models, "state": ["retired"]})
    found = queries.assets(db.session(), current_actor(), what)
    return render_template("contracts/installbase/assets.html", found=found, models=models)


@bp.get(f"/assets/<{ID}:asset_id>")
@requires("contracts.see")
def asset(asset_id: int) -> ResponseReturnValue:
    """One asset: facts, cover, and its archive, to which upper rooms and floors contribute."""
    session = db.session()
    row = queries.asset(session, current_actor(), asset_id)
    return render_template(
        "contracts/installbase/asset.html",
        row=row,
        site=queries.site(session, current_actor(), row.site_id),
        customer=queries.customer(session, current_actor(), row.customer_id),
        parent=session.get(Asset, row.parent_id) if row.parent_id else None,
        children=queries.children(session, row.id),
        retire_form=RetireForm(data={"version": row.version}, formdata=None),
    )


@bp.route(f"/sites/<{ID}:site_id>/assets/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_asset(site_id: int) -> ResponseReturnValue:
    """Add an asset on the site."""
    row = queries.site(db.session(), current_actor(), site_id)
    form = _asset_form(row.customer_id, data={"site_id": str(site_id)})
    if form.validate_on_submit():
        with form.refusals():
            at = int(form.site_id.data)
            asset_id = use_cases.add_asset(at, form.facts(), by=current_actor(), now=request_now())
            return redirect(url_for(".asset", asset_id=asset_id), 303)
    row = queries.site(db.session(), current_actor(), site_id)
    return render_template("contracts/installbase/asset_form.html", form=form, site=row, row_id=None), form.status


@bp.route(f"/assets/<{ID}:asset_id>/edit", methods=["GET", "POST"])
@requires("contracts.edit")
def edit_asset(asset_id: int) -> ResponseReturnValue:
    """Change an asset, or move it to another site of its customer."""
    row = queries.asset(db.session(), current_actor(), asset_id)
    form = _asset_form(row.customer_id, but=asset_id, obj=row)
    site_id = row.site_id
    if form.validate_on_submit():
        with form.refusals():
            use_cases.edit_asset(
                asset_id, form.facts(), site_id=int(form.site_id.data), seen=form.version.data or 0,
                by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for(".asset", asset_id=asset_id), 303)
    site = queries.site(db.session(), current_actor(), site_id)
    return render_template("contracts/installbase/asset_form.html", form=form, site=site, row_id=asset_id), form.status


@bp.post(f"/assets/<{ID}:asset_id>/retire")
@requires("contracts.edit")
def retire_asset(asset_id: int) -> ResponseReturnValue:
    """Take an asset out of service."""
    queries.asset(db.session(), current_actor(), asset_id)
    form = RetireForm()
    if form.validate_on_submit():
        with form.refusals():
            use_cases.retire_asset(
                asset_id, on=form.on.data, why=form.why.data, seen=form.version.data, by=current_actor(),
                now=request_now(),
            )  # fmt: skip
            return redirect(url_for(".asset", asset_id=asset_id), 303)
    row = queries.asset(db.session(), current_actor(), asset_id)
    return render_template("contracts/installbase/retire.html", form=form, row=row), form.status


def _contact_form(customer_id: int, **kwargs: Any) -> ContactForm:
    form = ContactForm(**kwargs)
    form.site_id.choices = [NOBODY, *choices(list(api.sites_of_customer(db.session(), customer_id)))]
    if not form.is_submitted() and kwargs.get("obj") is not None:
        form.site_id.data = str(kwargs["obj"].site_id or "")
    return form


def _asset_form(customer_id: int, *, but: int | None = None, **kwargs: Any) -> AssetForm:
    form = AssetForm(**kwargs)
    others = [row for row in queries.customer_assets(db.session(), customer_id) if row.id != but]
    form.site_id.choices = choices(list(api.sites_of_customer(db.session(), customer_id)))
    form.parent_id.choices = [NOBODY, *((str(row.id), f"{row.asset_no} {row.name}") for row in others)]
    row = kwargs.get("obj")
    if not form.is_submitted() and row is not None:
        form.site_id.data, form.parent_id.data = str(row.site_id), str(row.parent_id or "")
        form.criticality.data = row.criticality.value
    return form


def _site_data(row: Site) -> dict[str, Any]:
    access = site_card(row).access_hours or (None,) * 7
    return {
        "name": row.name,
        "address": row.address,
        "lat": f"{row.lat_e6 / MILLION:.6f}",
        "lon": f"{row.lon_e6 / MILLION:.6f}",
        "zone": row.zone,
        "territory": row.territory,
        "access_note": row.access_note,
        "version": row.version,
        **{f"access_{number}": span for number, span in enumerate(access)},
    }
