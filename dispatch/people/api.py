"""The door to engineers for the rooms above: cards, skills, work by model. Never commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.people import store
from dispatch.people.errors import MissingEngineer
from dispatch.people.models import Engineer, Skill, Territory
from dispatch.people.rules import GENERAL, EngineerCard, HeldSkill, Work

__all__ = [
    "EngineerCard",
    "HeldSkill",
    "Work",
    "engineer_card",
    "engineer_cards",
    "engineers_for",
    "put_position",
    "skill_names",
    "territory_names",
    "work_for_model",
]

#: Work on a model that nobody described: an hour and a half by anybody (*default*).
UNKNOWN_WORK = Work(GENERAL, 1, 90)


def engineer_card(session: Session, engineer_id: int) -> EngineerCard:
    """The engineer's card; raises MissingEngineer."""
    row = session.get(Engineer, engineer_id)
    if row is None:
        raise MissingEngineer()
    return store.cards(session, [row])[0]


def engineer_cards(session: Session, engineer_ids: Iterable[int]) -> dict[int, EngineerCard]:
    """The cards of those who exist, by id."""
    rows = list(session.scalars(select(Engineer).where(Engineer.id.in_(set(engineer_ids)))))
    return {card.id: card for card in store.cards(session, rows)}


def engineers_for(session: Session, *, on: date, territory: str | None = None) -> tuple[EngineerCard, ...]:
    """Everybody who works here on that day, of one territory or of all, by number."""
    wanted = select(Engineer).where(store.still_here(on)).order_by(Engineer.engineer_no)  # type: ignore[arg-type]
    if territory is not None:
        wanted = wanted.where(Engineer.territory_code == territory)
    return store.cards(session, list(session.scalars(wanted)))


def work_for_model(session: Session, model: str) -> Work:
    """Skill, level and minutes that work on this model takes; the general skill where nobody wrote it down."""
    work = store.work_on(session, model)
    if work is None:
        store.require_skill(session, GENERAL)
        return UNKNOWN_WORK
    return work


def put_position(session: Session, engineer_id: int, *, lat: float, lon: float, at: datetime) -> None:
    """Where the engineer was last seen; an older sighting that comes in late changes nothing."""
    store.put_position(session, engineer_id, lat, lon, at)


def skill_names(session: Session, *, english: bool = False) -> Mapping[str, str]:
    """Every skill's name by code."""
    rows = session.scalars(select(Skill).order_by(Skill.code))
    return {row.code: row.name_en if english else row.name_zh for row in rows}


def territory_names(session: Session, *, english: bool = False) -> Mapping[str, str]:
    """Every territory's name by code."""
    rows = session.scalars(select(Territory).order_by(Territory.code))
    return {row.code: row.name_en if english else row.name_zh for row in rows}
