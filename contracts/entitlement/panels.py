"""The cover of an asset over time, with its gaps in red, on the asset's page (C2, E5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup

from app.auth.actor import Actor
from app.db import db
from app.kernel.dates import DaySpan, local_day
from app.web.words import speaks_english
from contracts.entitlement import api
from contracts.entitlement.rules import COSTS, Cover, CoverKind
from contracts.entitlement.show import caller_line
from contracts.installbase.api import asset_card, site_card
from contracts.scope import SEE
from contracts.terms.rules import Timeline, timeline

_WIDTH, _TOP, _STEP = 1000, 18, 16


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a cover, or a gap between covers."""

    first_on: date
    last_on: date
    days: int
    name: str = ""
    kind: str = ""
    pays: str = ""
    gap: bool = False
    warranty_id: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture."""

    x: int
    y: int
    width: int
    css: str
    title: str


@dataclass(frozen=True, slots=True)
class Year:
    """Where a year begins in the picture."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole picture and its table."""

    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    years: tuple[Year, ...]
    height: int
    today_x: int
    covered_until: date | None


def cover(*, asset_id: int, actor: Actor, now: datetime) -> Markup | None:
    """What a call about the asset would be owed now, and all its covers in time order."""
    if not actor.may(SEE):
        return None
    session = db.session()
    zone = site_card(session, asset_card(session, asset_id).site_id).zone
    covers = [item for item in api.covers_of(session, asset_id) if item.span is not None and not item.void]
    told = api.entitlement_for(session, asset_id, at=now, fault_level=1)
    shown = draw(covers, today=local_day(now, zone))
    page = render_template("contracts/entitlement/_cover.html", shown=shown, line=caller_line(told))
    return Markup(page)  # noqa: S704 - our own template, autoescaped


def draw(covers: list[Cover], *, today: date) -> Shown:
    """Bars, years and table of the covers; gaps stand in their place between them."""
    dated = [(item.span, item) for item in covers if item.span is not None]
    dated.sort(key=lambda pair: (pair[0], pair[1].ref))
    if not dated:
        return Shown((), (), (), 0, 0, None)
    found: Timeline = timeline((span for span, _item in dated), today=today)
    first = min(dated[0][0].first_on, today).toordinal()
    whole = max(1, max(max(span.last_on for span, _item in dated), today).toordinal() + 1 - first)

    def x(day: date, plus: int = 0) -> int:
        return (day.toordinal() + plus - first) * _WIDTH // whole

    def bar(span: DaySpan, lane: int, css: str, title: str) -> Bar:
        begin = x(span.first_on)
        return Bar(begin, _TOP + lane * _STEP, max(2, x(span.last_on, 1) - begin), css, title)

    bars = [
        bar(span, lane, f"cover-bar cover-bar--{item.kind.value}", f"{item.name} {span.first_on} ～ {span.last_on}")
        for lane, (span, item) in enumerate(dated)
    ]
    bars += [bar(gap, len(dated), "cover-gap", f"{gap.first_on} ～ {gap.last_on}") for gap in found.gaps]
    rows = [_row(span, item) for span, item in dated]
    rows += [Row(gap.first_on, gap.last_on, gap.days, gap=True) for gap in found.gaps]
    rows.sort(key=lambda row: (row.first_on, row.gap))
    lanes = len(dated) + bool(found.gaps)
    last_year = date.fromordinal(first + whole - 1).year
    years = [date(year, 1, 1) for year in range(date.fromordinal(first).year + 1, last_year + 1)]
    marks = tuple(Year(x(day), str(day.year)) for day in years)
    return Shown(tuple(rows), tuple(bars), marks, _TOP + lanes * _STEP + 4, x(today), found.covered_until)


def _row(span: DaySpan, item: Cover) -> Row:
    kinds = {
        CoverKind.CONTRACT: _("合同"),
        CoverKind.WARRANTY: _("我方质保"),
        CoverKind.MANUFACTURER: _("厂家质保"),
    }
    costs = {"labour": _("人工"), "travel": _("路费"), "parts": _("备件")}
    paid = [costs[cost.value] for cost in COSTS if cost in item.pays]
    kind, _sign, number = item.ref.partition(":")
    return Row(
        first_on=span.first_on,
        last_on=span.last_on,
        days=span.days,
        name=item.name,
        kind=kinds[item.kind],
        pays=(", " if speaks_english() else "、").join(paid),
        warranty_id=int(number) if kind == "warranty" else None,
    )
