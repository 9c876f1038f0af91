"""Pages of contracts: list, one contract with its versions, wording, and every step of its life (C4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.web.forms import HouseForm
from app.web.policy import requires
from app.web.words import speaks_english
from contracts.installbase import queries as installbase
from contracts.listing import asked
from contracts.policies.api import policy_names
from contracts.policies.queries import policy
from contracts.terms import forms, queries, store, use_cases
from contracts.terms.rules import (
    MOVES,
    ContractKind,
    ContractState,
    ContractTerms,
    LineScope,
    LineTerms,
    Move,
)

bp = Blueprint("terms", __name__)
ID = "int(max=999999999999)"


@bp.get("/contracts")
@requires("contracts.see")
def contracts() -> ResponseReturnValue:
    """The contracts the actor may see, by state, number or customer."""
    what = asked(request.args, {"state": [state.value for state in ContractState]})
    found = queries.contracts(db.session(), current_actor(), what)
    return render_template("contracts/terms/contracts.html", found=found, states=forms.STATES, kinds=forms.KINDS)


@bp.get(f"/contracts/<{ID}:contract_id>")
@requires("contracts.see")
def contract(contract_id: int) -> ResponseReturnValue:
    """One contract: every version with what it covers, and the steps that are possible now."""
    return _contract_page(contract_id, {}), 200


@bp.route(f"/customers/<{ID}:customer_id>/contracts/new", methods=["GET", "POST"])
@requires("contracts.edit")
def new_contract(customer_id: int) -> ResponseReturnValue:
    """Draft a contract for a customer."""
    installbase.customer(db.session(), current_actor(), customer_id)
    form = forms.form_for(forms.NewContractForm, _things(customer_id), _policies(None))
    if form.validate_on_submit():
        with form.refusals():
            contract_id = use_cases.draft_contract(
                customer_id, ContractKind(form.kind.data), form.terms(), by=current_actor(), now=request_now()
            )
            return redirect(url_for(".contract", contract_id=contract_id), 303)
    return _form_page(form, customer_id), form.status


@bp.route(f"/contracts/<{ID}:contract_id>/edit", methods=["GET", "POST"])
@requires("contracts.edit")
def edit_contract(contract_id: int) -> ResponseReturnValue:
    """Reword a draft."""
    return _reword(contract_id, use_cases.redraft_contract)


@bp.route(f"/contracts/<{ID}:contract_id>/amend", methods=["GET", "POST"])
@requires("contracts.edit")
def amend_contract(contract_id: int) -> ResponseReturnValue:
    """Word an amendment, starting from the newest terms."""
    return _reword(contract_id, use_cases.amend_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/quote")
@requires("contracts.edit")
def quote(contract_id: int) -> ResponseReturnValue:
    """Send the draft out as a quotation."""
    return _step(contract_id, forms.StepForm(), use_cases.quote_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/revise")
@requires("contracts.edit")
def revise(contract_id: int) -> ResponseReturnValue:
    """Take a quotation back into draft."""
    return _step(contract_id, forms.StepForm(), use_cases.revise_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/sign")
@requires("contracts.edit")
def sign(contract_id: int) -> ResponseReturnValue:
    """Both sides have signed."""
    return _step(contract_id, forms.SignForm(), use_cases.sign_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/pay")
@requires("contracts.edit")
def pay(contract_id: int) -> ResponseReturnValue:
    """Note the day of the first payment."""
    return _step(contract_id, forms.PaymentForm(), use_cases.confirm_payment)


@bp.post(f"/contracts/<{ID}:contract_id>/activate")
@requires("contracts.edit")
def activate(contract_id: int) -> ResponseReturnValue:
    """Put the signed contract in force."""
    return _step(contract_id, forms.StepForm(), use_cases.activate_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/suspend")
@requires("contracts.edit")
def suspend(contract_id: int) -> ResponseReturnValue:
    """Owe nothing for now."""
    return _step(contract_id, forms.SuspendForm(), use_cases.suspend_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/resume")
@requires("contracts.edit")
def resume(contract_id: int) -> ResponseReturnValue:
    """Owe the service again."""
    return _step(contract_id, forms.StepForm(), use_cases.resume_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/terminate")
@requires("contracts.edit")
def terminate(contract_id: int) -> ResponseReturnValue:
    """End the contract for good."""
    return _step(contract_id, forms.TerminateForm(), use_cases.terminate_contract)


@bp.post(f"/contracts/<{ID}:contract_id>/sign-amendment")
@requires("contracts.edit")
def sign_amendment(contract_id: int) -> ResponseReturnValue:
    """Both sides have signed the amendment."""
    return _step(contract_id, forms.SignAmendmentForm(), use_cases.sign_amendment)


@bp.post(f"/contracts/<{ID}:contract_id>/drop-amendment")
@requires("contracts.edit")
def drop_amendment(contract_id: int) -> ResponseReturnValue:
    """Give up the unsigned amendment."""
    return _step(contract_id, forms.StepForm(), use_cases.drop_amendment)


def _step(contract_id: int, form: HouseForm, act: Callable[..., Any]) -> ResponseReturnValue:
    """Run one use case with exactly what its form lists; a refusal shows the contract with the form open."""
    queries.contract(db.session(), current_actor(), contract_id)
    if form.validate_on_submit():
        typed = {field.name: field.data for field in form if field.name not in {"csrf_token", "version"}}
        with form.refusals():
            act(contract_id, **typed, seen=form.version.data, by=current_actor(), now=request_now())
            return redirect(url_for(".contract", contract_id=contract_id), 303)
    return _contract_page(contract_id, {type(form): form}, form=form), form.status


def _reword(contract_id: int, act: Callable[..., Any]) -> ResponseReturnValue:
    session = db.session()
    row = queries.contract(session, current_actor(), contract_id)
    before = store.terms_of(session, store.newest_version(session, contract_id).id)
    things = _things(row.customer_id)
    form = forms.form_for(forms.ContractForm, things, _policies(before), before=before, seen=row.version)
    customer_id = row.customer_id
    if form.validate_on_submit():
        with form.refusals():
            act(contract_id, form.terms(), seen=form.version.data, by=current_actor(), now=request_now())
            return redirect(url_for(".contract", contract_id=contract_id), 303)
    return _form_page(form, customer_id, contract_id), form.status


def _contract_page(contract_id: int, tried: dict[type, HouseForm], *, form: HouseForm | None = None) -> str:
    session = db.session()
    row = queries.contract(session, current_actor(), contract_id)

    def open_form(kind: type[HouseForm]) -> HouseForm:
        return tried.get(kind) or kind(data={"version": row.version}, formdata=None)

    versions = queries.versions(session, current_actor(), row)
    return render_template(
        "contracts/terms/contract.html",
        contract=row,
        customer=installbase.customer(session, current_actor(), row.customer_id),
        versions=versions,
        pending=next((shown.version for shown in versions if shown.version.signed_at is None), None),
        moves=MOVES[row.state],
        Move=Move,
        may_amend=row.state in (ContractState.ACTIVE, ContractState.SUSPENDED),
        labels={"states": forms.STATES, "kinds": forms.KINDS, "fees": forms.FEES, "units": forms.UNITS,
                "caps": forms.CAPS, "clocks": forms.CLAUSE_CLOCKS},
        sign_form=open_form(forms.SignForm),
        sign_amendment_form=open_form(forms.SignAmendmentForm),
        suspend_form=open_form(forms.SuspendForm),
        terminate_form=open_form(forms.TerminateForm),
        payment_form=open_form(forms.PaymentForm),
        **({"form": form} if form is not None else {}),
    )  # fmt: skip


def _form_page(form: forms.ContractForm, customer_id: int, contract_id: int | None = None) -> str:
    session = db.session()
    row = queries.contract(session, current_actor(), contract_id) if contract_id else None
    return render_template(
        "contracts/terms/contract_form.html",
        form=form,
        contract=row,
        customer=installbase.customer(session, current_actor(), customer_id),
    )


def _things(customer_id: int) -> list[tuple[str, LineTerms]]:
    """What of the customer's can be covered: all of it, each site, each asset."""
    session = db.session()
    everything = "All assets of the customer" if speaks_english() else "客户的全部设备"
    found = [(everything, LineTerms(LineScope.CUSTOMER, 0))]
    sites = installbase.customer_sites(session, customer_id)
    names = {site.id: site.name for site in sites}
    found += [(site.name, LineTerms(LineScope.SITE, 0, site_id=site.id)) for site in sites]
    found += [
        (f"{names.get(row.site_id, '')} · {row.name} {row.asset_no}", LineTerms(LineScope.ASSET, 0, asset_id=row.id))
        for row in installbase.customer_assets(session, customer_id)
    ]
    return found


def _policies(before: ContractTerms | None) -> list[tuple[str, str]]:
    """The newest editions, and the editions these terms use already."""
    session, english = db.session(), speaks_english()
    found = {name.id: name.name_en if english else name.name_zh for name in policy_names(session)}
    for line in before.lines if before else ():
        if line.policy_id not in found:
            row = policy(session, line.policy_id)
            found[row.id] = f"{row.name_en if english else row.name_zh} v{row.edition}"
    return [(str(policy_id), name) for policy_id, name in found.items()]
