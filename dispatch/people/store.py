"""Engineers' rows ↔ the cards that rules want."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db import Stale, changed_one
from dispatch.people.errors import MissingEngineer, MissingSkill, MissingTerritory
from dispatch.people.models import Engineer, EngineerSkill, ModelSkill, Skill, Territory
from dispatch.people.rules import GENERAL, EngineerCard, HeldSkill, Work


def cards(session: Session, engineers: Sequence[Engineer]) -> tuple[EngineerCard, ...]:
    """These rows as cards, their skills with them, in the order given."""
    held: dict[int, list[HeldSkill]] = {engineer.id: [] for engineer in engineers}
    rows = session.scalars(
        select(EngineerSkill).where(EngineerSkill.engineer_id.in_(held)).order_by(EngineerSkill.skill_code)
    )
    for row in rows:
        held[row.engineer_id].append(HeldSkill(row.skill_code, row.level, row.expires_on))
    return tuple(_card(engineer, held[engineer.id]) for engineer in engineers)


def _card(row: Engineer, skills: Iterable[HeldSkill]) -> EngineerCard:
    return EngineerCard(
        id=row.id,
        engineer_no=row.engineer_no,
        name=row.name,
        name_en=row.name_en,
        initials=row.initials,
        mobile=row.mobile,
        territory=row.territory_code,
        home_address=row.home_address,
        home_lat=row.home_lat,
        home_lon=row.home_lon,
        last_lat=row.last_lat,
        last_lon=row.last_lon,
        last_seen_at=row.last_seen_at,
        left_on=row.left_on,
        version=row.version,
        skills=tuple(skills),
    )


def require_territory(session: Session, code: str) -> None:
    """Raises MissingTerritory unless the code is known."""
    if session.get(Territory, code) is None:
        raise MissingTerritory(territory=code)


def require_skill(session: Session, code: str) -> None:
    """Raises MissingSkill unless the code is known; the general skill makes itself known when first asked for."""
    if session.get(Skill, code) is not None:
        return
    if code != GENERAL:
        raise MissingSkill(skill=code)
    session.add(Skill(code=GENERAL, name_zh="通用", name_en="general"))
    session.flush()


def write_skills(session: Session, engineer_id: int, skills: Sequence[HeldSkill]) -> None:
    """Exactly these skills are held from now on."""
    for skill in skills:
        require_skill(session, skill.code)
    session.execute(delete(EngineerSkill).where(EngineerSkill.engineer_id == engineer_id))
    session.add_all(
        EngineerSkill(engineer_id=engineer_id, skill_code=skill.code, level=skill.level, expires_on=skill.expires_on)
        for skill in skills
    )
    session.flush()


def change(session: Session, engineer_id: int, *, seen_version: int, **values: object) -> None:
    """Write `values` if nobody was first; else Stale with both versions (P14)."""
    written = session.execute(
        update(Engineer)
        .where(Engineer.id == engineer_id, Engineer.version == seen_version)
        .values(version=seen_version + 1, **values)
    )
    if changed_one(written):
        return
    found = session.scalar(select(Engineer.version).where(Engineer.id == engineer_id))
    if found is None:
        raise MissingEngineer()
    raise Stale(seen=seen_version, found=found)


def work_on(session: Session, model: str) -> Work | None:
    """What is written down about work on this model."""
    row = session.get(ModelSkill, model)
    return None if row is None else Work(row.skill_code, row.level, row.minutes)


def put_position(session: Session, engineer_id: int, lat: float, lon: float, at: datetime) -> None:
    """Where the engineer was last seen; an older sighting that comes in late changes nothing."""
    session.execute(
        update(Engineer)
        .where(Engineer.id == engineer_id)
        .where((Engineer.last_seen_at.is_(None)) | (Engineer.last_seen_at < at))
        .values(last_lat=lat, last_lon=lon, last_seen_at=at)
    )


def still_here(day: date) -> object:
    """The condition for engineers who work here on that day."""
    return (Engineer.left_on.is_(None)) | (Engineer.left_on >= day)
