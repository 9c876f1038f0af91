"""What the demo's steps know of what stands already: ids, vans' loads, who is who."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.actor import Actor
from app.domain import Role
from app.geo.rules import Position
from dispatch.demo.cast import Kind, Model
from dispatch.demo.towns import Town
from dispatch.people.rules import HeldSkill

__all__ = ["ZONE", "AssetRef", "Company", "CustomerRef", "Diary", "EngineerRef", "Pile", "Scale", "SiteRef", "local"]

ZONE = ZoneInfo("Asia/Shanghai")


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """That time of day in Shanghai, as an instant."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything; the full company, or a small one for tests."""

    customers: int = 62
    sites: int = 250
    assets: int = 900
    contracts: int = 90
    families: int = 10
    past_requests: int = 515
    open_visits: int = 80
    plan_rounds: int = 60

    @staticmethod
    def of(permille: int) -> Scale:
        """A company of so many thousandths of the full one, never so small that a kind of thing is missing."""
        full = Scale()

        def part(count: int, least: int) -> int:
            return max(least, count * permille // 1000)

        return Scale(
            customers=part(full.customers, 9), sites=part(full.sites, 20), assets=part(full.assets, 40),
            contracts=part(full.contracts, 12), families=part(full.families, 1),
            past_requests=part(full.past_requests, 6), open_visits=part(full.open_visits, 10),
            plan_rounds=part(full.plan_rounds, 1),
        )  # fmt: skip


@dataclass(slots=True)
class CustomerRef:
    """A customer that stands."""

    id: int
    name: str
    kind: Kind
    town: Town
    contacts: list[tuple[str, str]] = field(default_factory=list)
    sites: list[SiteRef] = field(default_factory=list)


@dataclass(slots=True)
class SiteRef:
    """A site that stands; `policy` is what its contract in force promises, '' where none covers it."""

    id: int
    customer: CustomerRef
    at: Position
    territory: str
    policy: str = ""
    assets: list[AssetRef] = field(default_factory=list)


@dataclass(slots=True)
class AssetRef:
    """An asset that stands."""

    id: int
    model: Model
    site: SiteRef
    accepted_on: date


@dataclass(slots=True)
class Pile:
    """What lies of one part in one place: pieces by number, or by their serials."""

    qty: int = 0
    serials: list[str] = field(default_factory=list)


@dataclass(slots=True)
class EngineerRef:
    """An engineer with his account and his van's load (part number → pile)."""

    id: int
    index: int
    name: str
    territory: str
    home: Position
    skills: tuple[HeldSkill, ...]
    van_id: int = 0
    actor: Actor = field(default_factory=Actor)
    load: dict[str, Pile] = field(default_factory=dict)
    wanted: dict[str, int] = field(default_factory=dict)
    sent: int = 0


class Diary:
    """What happens when: entries are carried out in the order of their instants, those of one instant as written."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._numbers = itertools.count()

    def add(self, at: datetime, deed: Callable[[datetime], object]) -> None:
        """Have `deed` done at that instant."""
        heapq.heappush(self._entries, (at, next(self._numbers), deed))

    def run(self) -> None:
        """Carry everything out; an entry may write further ones for later."""
        while self._entries:
            at, _, deed = heapq.heappop(self._entries)
            deed(at)


@dataclass(slots=True)
class Company:
    """The demo company as far as it stands. `seed` and `now` decide everything about it."""

    seed: int
    now: datetime
    scale: Scale
    policies: dict[str, int] = field(default_factory=dict)
    customers: list[CustomerRef] = field(default_factory=list)
    sites: list[SiteRef] = field(default_factory=list)
    assets: list[AssetRef] = field(default_factory=list)
    engineers: list[EngineerRef] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    by_serial: set[str] = field(default_factory=set)
    rare: list[str] = field(default_factory=list)
    houses: dict[str, int] = field(default_factory=dict)
    central: dict[str, Pile] = field(default_factory=dict)
    people: dict[Role, Actor] = field(default_factory=dict)
    diary: Diary = field(default_factory=Diary)
    keys: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def random(self, what: str) -> Random:
        """Chance of its own for each step, so that one step's change leaves the others' dice alone."""
        return Random(f"{self.seed}:{what}")  # noqa: S311 - a demo, not a secret

    @property
    def today(self) -> date:
        """The day it is in Shanghai."""
        return self.now.astimezone(ZONE).date()

    @property
    def founded_at(self) -> datetime:
        """When the company opened its books: early enough for contracts renewed once already."""
        return local(self.today - timedelta(days=780), 9)

    @property
    def history_from(self) -> datetime:
        """When its year of history begins."""
        return local(self.today - timedelta(days=365), 7)

    def key(self) -> str:
        """The next idempotency key."""
        return f"demo-{next(self.keys)}"

    @property
    def dispatcher(self) -> Actor:
        return self.people[Role.DISPATCHER]

    @property
    def storekeeper(self) -> Actor:
        return self.people[Role.STOREKEEPER]

    @property
    def sales(self) -> Actor:
        return self.people[Role.SALES]

    @property
    def manager(self) -> Actor:
        return self.people[Role.MANAGER]
