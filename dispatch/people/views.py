"""Pages of engineers, skills and territories (R1)."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.kernel.dates import local_day
from app.web.forms import HouseForm
from app.web.policy import requires
from app.web.words import speaks_english
from contracts.listing import asked
from dispatch.people import api, forms, queries, use_cases

bp = Blueprint("people", __name__, url_prefix="/dispatch")
ZONE = "Asia/Shanghai"


def _today() -> date:
    return local_day(request_now(), ZONE)


@bp.get("/engineers")
@requires("people.view")
def engineers() -> ResponseReturnValue:
    """Everybody who works here, with territory, skills and van."""
    session = db.session()
    territories = api.territory_names(session, english=speaks_english())
    skills = api.skill_names(session, english=speaks_english())
    what = asked(request.args, {"territory": tuple(territories), "skill": tuple(skills), "state": ("left",)})
    found = queries.engineers(session, what, _today())
    cards = queries.cards_of(session, found)
    return render_template(
        "dispatch/people/engineers.html", found=found, cards=cards, vans=queries.vans(session, cards),
        territories=territories, skills=skills, today=_today(),
    )  # fmt: skip


@bp.get("/engineers/<int:engineer_id>")
@requires("people.view")
def engineer(engineer_id: int) -> ResponseReturnValue:
    """One engineer: what he can do and until when, his van, his home."""
    return _page(engineer_id)


def _page(
    engineer_id: int, skill_form: forms.SkillForm | None = None, leave_form: forms.LeaveForm | None = None
) -> ResponseReturnValue:
    session = db.session()
    card = api.engineer_card(session, engineer_id)
    refused = skill_form or leave_form
    fresh = forms.SkillForm(formdata=None) if skill_form is None else skill_form
    _offer_skills(fresh)
    page = render_template(
        "dispatch/people/engineer.html", card=card, van=queries.vans(session, (card,)).get(card.id), today=_today(),
        territories=api.territory_names(session, english=speaks_english()),
        skills=api.skill_names(session, english=speaks_english()), skill_form=fresh,
        leave_form=leave_form or forms.LeaveForm(formdata=None), form=refused,
    )  # fmt: skip
    return page, refused.status if refused is not None else 200


@bp.route("/engineers/new", methods=["GET", "POST"])
@requires("people.edit")
def new_engineer() -> ResponseReturnValue:
    """A new colleague."""
    form = forms.EngineerForm()
    _offer_territories(form)
    if form.validate_on_submit():
        with form.refusals():
            engineer_id = use_cases.add_engineer(form.person(), by=current_actor(), now=request_now())
            return redirect(url_for(".engineer", engineer_id=engineer_id), 303)
    return render_template("dispatch/people/engineer_form.html", form=form, card=None), form.status


@bp.route("/engineers/<int:engineer_id>/edit", methods=["GET", "POST"])
@requires("people.edit")
def edit_engineer(engineer_id: int) -> ResponseReturnValue:
    """What is written down about an engineer, anew (P14)."""
    card = api.engineer_card(db.session(), engineer_id)
    given = {
        "name": card.name, "name_en": card.name_en, "mobile": card.mobile, "territory_code": card.territory,
        "home_address": card.home_address, "home_lat": card.home_lat, "home_lon": card.home_lon,
        "version": str(card.version),
    }  # fmt: skip
    form = forms.EngineerForm(**given) if request.method == "GET" else forms.EngineerForm()
    _offer_territories(form)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.edit_engineer(
                engineer_id, form.person(), seen_version=form.seen(), by=current_actor(), now=request_now()
            )
            return redirect(url_for(".engineer", engineer_id=engineer_id), 303)
    return render_template("dispatch/people/engineer_form.html", form=form, card=card), form.status


@bp.post("/engineers/<int:engineer_id>/skills")
@requires("people.edit")
def grant_skill(engineer_id: int) -> ResponseReturnValue:
    """The engineer holds a skill, or holds it at another level or until another day."""
    api.engineer_card(db.session(), engineer_id)
    form = forms.SkillForm()
    _offer_skills(form)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.grant_skill(
                engineer_id, form.held(), seen_version=form.seen(), by=current_actor(), now=request_now()
            )
            return redirect(url_for(".engineer", engineer_id=engineer_id), 303)
    return _page(engineer_id, skill_form=form)


@bp.post("/engineers/<int:engineer_id>/skills/revoke")
@requires("people.edit")
def revoke_skill(engineer_id: int) -> ResponseReturnValue:
    """The engineer holds the skill no more."""
    form = forms.RevokeForm()
    if form.validate_on_submit():
        use_cases.revoke_skill(
            engineer_id,
            str(form.skill_code.data or "")[:40],
            seen_version=form.seen(),
            by=current_actor(),
            now=request_now(),
        )
    return redirect(url_for(".engineer", engineer_id=engineer_id), 303)


@bp.post("/engineers/<int:engineer_id>/leave")
@requires("people.edit")
def leave(engineer_id: int) -> ResponseReturnValue:
    """The engineer's last day."""
    api.engineer_card(db.session(), engineer_id)
    form = forms.LeaveForm()
    if form.validate_on_submit():
        with form.refusals():
            use_cases.engineer_leaves(
                engineer_id, form.left_on.data, seen_version=form.seen(), by=current_actor(), now=request_now()
            )
            return redirect(url_for(".engineer", engineer_id=engineer_id), 303)
    return _page(engineer_id, leave_form=form)


@bp.get("/skills")
@requires("people.view")
def skills() -> ResponseReturnValue:
    """Territories, skills, and what work on each model takes."""
    return _skills_page()


def _skills_page(kind: str = "", form: forms.WordForm | forms.ModelForm | None = None) -> ResponseReturnValue:
    model_form = form if isinstance(form, forms.ModelForm) else forms.ModelForm(formdata=None)
    words = {name: forms.WordForm(formdata=None) for name in ("skill", "territory")}
    if isinstance(form, forms.WordForm):
        words[kind] = form
    _offer_skills(model_form)
    page = render_template(
        "dispatch/people/skills.html", found=queries.catalogue(db.session()), form=form, model_form=model_form,
        skill_names=api.skill_names(db.session(), english=speaks_english()),
        skill_form=_own_ids("skill", words["skill"]),
        territory_form=_own_ids("territory", words["territory"]),
    )  # fmt: skip
    return page, form.status if form is not None else 200


def _own_ids(name: str, form: HouseForm) -> HouseForm:
    """Two of these forms stand on one page, so each field's id carries its form's name."""
    for one in form:
        one.id = f"{name}-{one.short_name}"
    return form


@bp.post("/skills/<any(skill,territory):kind>")
@requires("people.edit")
def add_word(kind: str) -> ResponseReturnValue:
    """A new skill or a new territory."""
    form, add = forms.WordForm(), {"skill": use_cases.add_skill, "territory": use_cases.add_territory}[kind]
    if form.validate_on_submit():
        with form.refusals():
            add(form.code.data, form.name_zh.data, form.name_en.data, by=current_actor(), now=request_now())
            return redirect(url_for(".skills"), 303)
    return _skills_page(kind, form)


@bp.post("/skills/model")
@requires("people.edit")
def set_model() -> ResponseReturnValue:
    """What work on a model takes."""
    form = forms.ModelForm()
    _offer_skills(form)
    if form.validate_on_submit():
        with form.refusals():
            use_cases.set_model_skill(
                form.model.data, skill_code=form.skill_code.data, level=form.level.data, minutes=form.minutes.data,
                by=current_actor(), now=request_now(),
            )  # fmt: skip
            return redirect(url_for(".skills"), 303)
    return _skills_page("model", form)


def _offer_territories(form: forms.EngineerForm) -> None:
    form.territory_code.choices = list(api.territory_names(db.session(), english=speaks_english()).items())


def _offer_skills(form: forms.SkillForm | forms.ModelForm) -> None:
    form.skill_code.choices = list(api.skill_names(db.session(), english=speaks_english()).items())
