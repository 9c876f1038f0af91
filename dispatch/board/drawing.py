"""What the scripts draw: rows, bars, shades and points as plain JSON, worded for the reader, times on the house's wall."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from flask_babel import gettext as _

from app.geo.rules import Position, wgs84_to_gcj02
from app.kernel.errors import DomainError
from app.web.show import local, local_time, span, yuan
from app.web.words import say, sentences, speaks_english
from dispatch.board.cards import Card
from dispatch.board.judge import Verdict
from dispatch.board.queries import Board, Person, Row
from dispatch.board.rules import Breach
from dispatch.planner.errors import HandRefused
from dispatch.planner.settings import FREEZE, ZONE
from dispatch.planner.solver.insert import CannotAssign
from dispatch.visits.rules import AT_WORK, DONE, VisitState

__all__ = ["breach_words", "engineer_of", "name_of", "picture", "refusal_words", "verdict_words"]

#: A position older than this is drawn hollow (screens §8).
OLD_POSITION = timedelta(minutes=15)
CLOCK_ICONS = {
    "running": "●",
    "at_risk": "▲",
    "breached": "■",
    "met_late": "■",
    "paused": "‖",
    "waived": "–",
    "met": "√",
}


def picture(board: Board) -> dict[str, Any]:
    """Everything timeline and map draw of this board."""
    wall = ZoneInfo(ZONE)
    shown = {row.id for row in board.rows}
    return {
        "version": board.version,
        "now": board.now.isoformat(),
        "day": board.filters.day.isoformat(),
        "days": board.filters.days,
        "rows": [_row(row, board.now) for row in board.rows],
        "bars": [_bar(card) for card in board.cards if card.engineer_id in shown and card.starts_at and card.ends_at],
        "off": [piece for row in board.rows for piece in _off_duty(row, board)],
        "freeze": {"start": _wall(board.now, wall), "end": _wall(board.now + FREEZE, wall)},
        "points": [_point(card) for card in board.open_cards],
        "depots": [{"name": depot.name, **_place(depot.lat, depot.lon)} for depot in board.depots],
        "hidden": board.rows_hidden,
    }


def _row(row: Row, now: datetime) -> dict[str, Any]:
    name = row.name_en if speaks_english() and row.name_en else row.name
    age = now - row.seen_at if row.seen_at else None
    return {
        "id": str(row.id), "name": name, "word": _state_word(row.state), "state": row.state, "mobile": row.mobile,
        "age": "" if age is None else span(age), "old": age is None or age > OLD_POSITION, **_place(row.lat, row.lon),
    }  # fmt: skip


def _state_word(state: str) -> str:
    return {"free": _("空闲"), "en_route": _("在途"), "on_site": _("在场"), "off": _("不在班")}[state]


def _bar(card: Card) -> dict[str, Any]:
    assert card.starts_at is not None
    assert card.ends_at is not None
    wall = ZoneInfo(ZONE)
    face = card.clock or card.arrival
    state = str(face.state) if face else ""
    done = card.state in DONE
    return {
        "ref": card.visit_ref, "row": str(card.engineer_id), "start": _wall(card.starts_at, wall),
        "end": _wall(card.ends_at, wall), "title": card.site, "label": f"{_short(card.visit_ref)} {card.site}",
        "icon": "√" if done else CLOCK_ICONS.get(state, ""), "clock": "met" if done else state,
        "said": " ".join(filter(None, (engineer_of(card), _visit_word(card.state), _clock_word(state, done)))),
        "tip": f"{local_time(card.starts_at, ZONE)} ～ {local_time(card.ends_at, ZONE)} {card.asset}",
        "pinned": card.pinned, "movable": card.movable, "version": card.version, "under_way": card.state in AT_WORK,
        "travel_s": card.travel_s or 0, "dialog": url_for("board.assign_page", visit_ref=card.visit_ref),
    }  # fmt: skip


def _short(visit_ref: str) -> str:
    """V-000409 as V409: a bar has no room for zeros."""
    letter, _dash, number = visit_ref.partition("-")
    return f"{letter}{number.lstrip('0')}"


def _visit_word(state: VisitState) -> str:
    words = {
        "assigned": _("已派"), "accepted": _("已接"), "en_route": _("在途"), "on_site": _("在场"), "working": _("在场"),
        "resolved": _("已解决"), "signed": _("已签字"),
    }  # fmt: skip
    return words.get(state.value, "")


def _clock_word(state: str, done: bool) -> str:
    words = {
        "running": _("正常"), "at_risk": _("临期"), "breached": _("已超时"), "met_late": _("迟到"), "paused": _("暂停中"),
        "waived": _("已豁免"), "met": _("已达标"),
    }  # fmt: skip
    return "" if done else words.get(state, "")


def _off_duty(row: Row, board: Board) -> Iterable[dict[str, str]]:
    """The stretches of the days shown in which the engineer is not on duty."""
    wall = ZoneInfo(ZONE)
    reached = board.filters.starts_at
    for shift in sorted(row.shifts, key=lambda shift: shift.starts_at):
        if shift.starts_at > reached:
            yield {"row": str(row.id), "start": _wall(reached, wall), "end": _wall(shift.starts_at, wall)}
        reached = max(reached, shift.ends_at)
    if reached < board.filters.ends_at:
        yield {"row": str(row.id), "start": _wall(reached, wall), "end": _wall(board.filters.ends_at, wall)}


def _point(card: Card) -> dict[str, Any]:
    face = card.clock
    due = card.arrival if card.arrival and card.arrival.running and card.arrival.due_at else face
    return {
        "ref": card.visit_ref, "site": card.site, "level": card.fault_level, "row": str(card.engineer_id or ""),
        "clock": str(face.state) if face else "", "waiting": card.waiting, **_place(card.lat, card.lon),
        "due": _wall(due.due_at, ZoneInfo(ZONE)) if due and due.due_at else "",
        "dueText": _("到场时限 %(at)s", at=local(due.due_at, ZONE)) if due and due.due_at else "",
    }  # fmt: skip


def _place(lat: float, lon: float) -> dict[str, float]:
    """Where the marker stands on this installation's tiles: Gaode's are drawn in GCJ-02, all others in WGS-84 (R7)."""
    host = urlsplit(current_app.extensions["settings"].tile_url).netloc
    if "autonavi" in host or "amap" in host:
        moved = wgs84_to_gcj02(Position(lat, lon))
        lat, lon = moved.lat, moved.lon
    return {"lat": round(lat, 6), "lon": round(lon, 6)}


def _wall(at: datetime, wall: ZoneInfo) -> str:
    return f"{at.astimezone(wall):%Y-%m-%dT%H:%M:%S}"


def breach_words(breaches: Iterable[Breach]) -> str:
    """What breaks, in one line."""
    return _(";").join(_breach(breach) for breach in breaches)


def refusal_words(error: DomainError) -> list[str]:
    """Every reason of a refusal; where the engine gives its reason as a code, that code in words."""
    if isinstance(error, CannotAssign):
        return [say(error.code, why=say(f"planner.why.{error.data['why']}"))]
    if isinstance(error, HandRefused):
        return [say(error.code, reasons=_(";").join(say(code, **data) for code, data in error.data["reasons"]))]
    return sentences(error)


def _breach(breach: Breach) -> str:
    data = {key: local(value, ZONE) if isinstance(value, datetime) else value for key, value in breach.data.items()}
    return say(breach.code, **data)


def verdict_words(verdict: Verdict, zone: str, extra_fen: int | None) -> str:
    """The ghost's text: who, when he is there, what it breaks and what it costs."""
    parts = [_("%(name)s %(at)s 到场", name=name_of(verdict), at=local_time(verdict.starts_at, zone))]
    parts.append(breach_words(verdict.breaches) or _("不打破任何安排"))
    if extra_fen is not None:
        parts.append(f"+{yuan(extra_fen)}")
    return " · ".join(parts)


def name_of(verdict: Verdict) -> str:
    """The engineer's name in the reader's language."""
    return verdict.engineer_name_en if speaks_english() and verdict.engineer_name_en else verdict.engineer_name


def engineer_of(card: Card) -> str:
    """The name of who goes, in the reader's language; '' when nobody does."""
    return card.engineer_name_en if speaks_english() and card.engineer_name_en else card.engineer_name


def person_name(person: Person) -> str:
    """The name in a list to choose from, in the reader's language."""
    return person.name_en if speaks_english() and person.name_en else person.name


def choices(people: Iterable[Person], territories: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """The engineers to choose from, findable by name, number and pinyin initials; each with his territory's name."""
    names = {code: name_en if speaks_english() and name_en else name for code, name, name_en in territories}
    return [
        {
            "id": person.id,
            "label": f"{person_name(person)} · {person.engineer_no} · {names.get(person.territory, person.territory)}",
            "search": f"{person.initials} {person.name} {person.name_en} {person.engineer_no}".lower(),
        }
        for person in people
    ]
