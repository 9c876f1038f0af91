"""Engineers as lists and pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from contracts.listing import Asked, Listing, like, listing
from dispatch.people import store
from dispatch.people.models import Engineer, EngineerSkill, ModelSkill, Skill, Territory
from dispatch.people.rules import EngineerCard
from inventory.places.api import PlaceCard, place_cards, vans_of

__all__ = ["Catalogue", "cards_of", "catalogue", "engineers", "skills_of", "vans"]


def engineers(session: Session, what: Asked, today: date) -> Listing:
    """Engineers who work here (or have left, when asked for), by number; found by name, initials, number, mobile."""
    found = select(Engineer)
    left = what.chosen.get("state") == "left"
    found = found.where(Engineer.left_on < today if left else store.still_here(today))  # type: ignore[arg-type]
    if territory := what.chosen.get("territory"):
        found = found.where(Engineer.territory_code == territory)
    if skill := what.chosen.get("skill"):
        found = found.where(Engineer.id.in_(select(EngineerSkill.engineer_id).where(EngineerSkill.skill_code == skill)))
    if what.words:
        pattern = like(what.words)
        columns = (Engineer.name, Engineer.name_en, Engineer.initials, Engineer.engineer_no, Engineer.mobile)
        found = found.where(or_(*(column.ilike(pattern, escape="!") for column in columns)))
    return listing(session, found.order_by(Engineer.engineer_no), what)


def cards_of(session: Session, found: Listing) -> tuple[EngineerCard, ...]:
    """The page's engineers with their skills."""
    return store.cards(session, [row.Engineer for row in found.rows])


def vans(session: Session, cards: tuple[EngineerCard, ...]) -> dict[int, PlaceCard]:
    """Each engineer's van, where he has one."""
    ids = vans_of(session, [card.holder_ref for card in cards])
    places = place_cards(session, ids.values())
    return {card.id: places[ids[card.holder_ref]] for card in cards if card.holder_ref in ids}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Territories, skills and what work on a model takes, with how many engineers stand behind each."""

    territories: tuple[tuple[Territory, int], ...]
    skills: tuple[tuple[Skill, int], ...]
    models: tuple[ModelSkill, ...]


def catalogue(session: Session) -> Catalogue:
    """Everything that engineers are described by."""
    there = dict(session.execute(select(Engineer.territory_code, func.count()).group_by(Engineer.territory_code)).all())
    held = dict(
        session.execute(select(EngineerSkill.skill_code, func.count()).group_by(EngineerSkill.skill_code)).all()
    )
    return Catalogue(
        territories=tuple(
            (row, there.get(row.code, 0)) for row in session.scalars(select(Territory).order_by(Territory.code))
        ),
        skills=tuple((row, held.get(row.code, 0)) for row in session.scalars(select(Skill).order_by(Skill.code))),
        models=tuple(session.scalars(select(ModelSkill).order_by(ModelSkill.model))),
    )


def skills_of(session: Session) -> list[Skill]:
    """Every skill, by code."""
    return list(session.scalars(select(Skill).order_by(Skill.code)))
