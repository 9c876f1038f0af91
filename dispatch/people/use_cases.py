"""What is done with engineers, skills and territories: one function, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from app.geo.rules import position
from app.kernel.errors import Gather, InputCode
from app.kernel.text import clean_text, fold_mobile
from app.numbers.api import next_no
from app.search.initials import initials
from dispatch.people import store
from dispatch.people.errors import CodeTaken, MissingEngineer
from dispatch.people.models import Engineer, ModelSkill, Skill, Territory
from dispatch.people.rules import HeldSkill

__all__ = [
    "Person", "add_engineer", "add_skill", "add_territory", "edit_engineer", "engineer_leaves", "grant_skill",
    "revoke_skill", "set_model_skill",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """What is written down about an engineer himself."""

    name: str
    name_en: str
    mobile: str
    territory_code: str
    home_address: str
    home_lat: float
    home_lon: float

    def checked(self) -> Person:
        """The same, cleaned; raises InvalidInput naming every field that cannot be taken."""
        found = Gather()
        where = None
        with found:
            where = position(self.home_lat, self.home_lon, field="home_lat")
        for name, longest in (("name", 60), ("name_en", 60), ("mobile", 30), ("home_address", 200)):
            with found:
                clean_text(getattr(self, name), field=name, max_len=longest)
        found.check()
        assert where is not None
        return Person(
            self.name.strip(), self.name_en.strip(), fold_mobile(self.mobile), self.territory_code,
            self.home_address.strip(), where.lat, where.lon,
        )  # fmt: skip


@use_case
def add_territory(code: str, name_zh: str, name_en: str, *, by: Actor, now: datetime) -> str:
    """A region planned as one stands under `code`, which sites carry."""
    code = clean_text(code, field="code", max_len=20)
    with transaction() as session:
        if session.get(Territory, code) is not None:
            raise CodeTaken(what=code)
        session.add(Territory(code=code, name_zh=name_zh, name_en=name_en))
        audit.record(session, by=by, action="people.add_territory", object_ref=f"territory:{code}", at=now,
                     after={"name_zh": name_zh, "name_en": name_en})  # fmt: skip
        return code


@use_case
def add_skill(code: str, name_zh: str, name_en: str, *, by: Actor, now: datetime) -> str:
    """A skill can be asked for and held from now on."""
    code = clean_text(code, field="code", max_len=40)
    with transaction() as session:
        if session.get(Skill, code) is not None:
            raise CodeTaken(what=code)
        session.add(Skill(code=code, name_zh=name_zh, name_en=name_en))
        audit.record(session, by=by, action="people.add_skill", object_ref=f"skill:{code}", at=now,
                     after={"name_zh": name_zh, "name_en": name_en})  # fmt: skip
        return code


@use_case
def set_model_skill(model: str, *, skill_code: str, level: int, minutes: int, by: Actor, now: datetime) -> None:
    """Work on `model` takes this skill at this level, and about so many minutes."""
    found = Gather()
    with found:
        model = clean_text(model, field="model", max_len=80)
    if not 1 <= level <= 3:
        found.add("level", InputCode.out_of_range, low=1, high=3)
    if not 5 <= minutes <= 960:
        found.add("minutes", InputCode.out_of_range, low=5, high=960)
    found.check()
    with transaction() as session:
        store.require_skill(session, skill_code)
        before = store.work_on(session, model)
        session.merge(ModelSkill(model=model, skill_code=skill_code, level=level, minutes=minutes))
        audit.record(session, by=by, action="people.set_model_skill", object_ref=f"model:{model}", at=now,
                     before=None if before is None else {"skill": before.skill_code, "level": before.level},
                     after={"skill": skill_code, "level": level, "minutes": minutes})  # fmt: skip


@use_case
def add_engineer(person: Person, skills: Sequence[HeldSkill] = (), *, by: Actor, now: datetime) -> int:
    """A new engineer with his skills; returns the id."""
    person = person.checked()
    _check_skills(skills)
    with transaction() as session:
        store.require_territory(session, person.territory_code)
        row = Engineer(engineer_no=next_no(session, "G", width=3), **_columns(person))
        session.add(row)
        session.flush()
        store.write_skills(session, row.id, skills)
        audit.record(session, by=by, action="people.add_engineer", object_ref=f"engineer:{row.id}", at=now,
                     after={"no": row.engineer_no, "name": person.name, "skills": [s.code for s in skills]})  # fmt: skip
        return row.id


@use_case
def edit_engineer(engineer_id: int, person: Person, *, seen_version: int, by: Actor, now: datetime) -> None:
    """What is written down about an engineer changes, unless somebody was first (P14)."""
    person = person.checked()
    with transaction() as session:
        store.require_territory(session, person.territory_code)
        before = _engineer(session, engineer_id)
        was = {"name": before.name, "mobile": before.mobile, "territory": before.territory_code}
        store.change(session, engineer_id, seen_version=seen_version, **_columns(person))
        audit.record(session, by=by, action="people.edit_engineer", object_ref=f"engineer:{engineer_id}", at=now,
                     before=was, after={"name": person.name, "mobile": person.mobile,
                                        "territory": person.territory_code})  # fmt: skip


@use_case
def grant_skill(engineer_id: int, skill: HeldSkill, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The engineer holds this skill from now on, at this level, until its certificate ends."""
    _check_skills([skill])
    with transaction() as session:
        card = store.cards(session, [_engineer(session, engineer_id)])[0]
        others = [held for held in card.skills if held.code != skill.code]
        store.change(session, engineer_id, seen_version=seen_version)
        store.write_skills(session, engineer_id, [*others, skill])
        audit.record(session, by=by, action="people.grant_skill", object_ref=f"engineer:{engineer_id}", at=now,
                     after={"skill": skill.code, "level": skill.level, "expires_on": skill.expires_on})  # fmt: skip


@use_case
def revoke_skill(engineer_id: int, skill_code: str, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The engineer does not hold this skill any more."""
    with transaction() as session:
        card = store.cards(session, [_engineer(session, engineer_id)])[0]
        store.change(session, engineer_id, seen_version=seen_version)
        store.write_skills(session, engineer_id, [held for held in card.skills if held.code != skill_code])
        audit.record(session, by=by, action="people.revoke_skill", object_ref=f"engineer:{engineer_id}", at=now,
                     before={"skill": skill_code})  # fmt: skip


@use_case
def engineer_leaves(engineer_id: int, left_on: date, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The engineer works here for the last time on that day."""
    with transaction() as session:
        store.change(session, engineer_id, seen_version=seen_version, left_on=left_on)
        audit.record(session, by=by, action="people.engineer_leaves", object_ref=f"engineer:{engineer_id}", at=now,
                     after={"left_on": left_on})  # fmt: skip


def _engineer(session: Session, engineer_id: int) -> Engineer:
    row = session.get(Engineer, engineer_id, with_for_update=True)
    if row is None:
        raise MissingEngineer()
    return row


def _columns(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "name_en": person.name_en,
        "initials": initials(person.name),
        "mobile": person.mobile,
        "territory_code": person.territory_code,
        "home_address": person.home_address,
        "home_lat": person.home_lat,
        "home_lon": person.home_lon,
    }


def _check_skills(skills: Sequence[HeldSkill]) -> None:
    found = Gather()
    for skill in skills:
        if not 1 <= skill.level <= 3:
            found.add("level", InputCode.out_of_range, low=1, high=3)
    found.check()
