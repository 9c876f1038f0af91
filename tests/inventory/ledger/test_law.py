"""The law of the books: after any history, every balance is the ledger's sum and no prefix was negative (P2, P6)."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.auth.actor import SYSTEM
from app.db import db, transaction
from app.kernel.errors import DomainError
from app.kernel.quantity import Qty
from inventory.ledger.models import Balance, Movement, Reservation, Serial
from inventory.ledger.rules import ReservationState
from inventory.ledger.use_cases import Goods, move, receive, scrap
from inventory.places.models import Place
from inventory.requisitions import api, use_cases
from inventory.requisitions.api import Line
from tests.conftest import MONDAY
from tests.inventory import cast

ACTS = ["receive"] * 3 + ["move"] * 3 + ["reserve", "use", "reverse", "scrap", "release", "return"]
STEPS = 5000 if os.environ.get("FAULTS") == "full" else 220


def recomputed() -> tuple[Counter, dict[int, int]]:
    """Every balance and every serial's place, walked from zero; fails at the first prefix below zero."""
    session = db.session()
    free = set(session.scalars(select(Place.id).where(Place.counterparty)))
    levels: Counter = Counter()
    serials: dict[int, int] = {}
    for row in session.scalars(select(Movement).order_by(Movement.n)):
        levels[row.from_place_id, row.part_id] -= row.qty
        levels[row.to_place_id, row.part_id] += row.qty
        assert row.from_place_id in free or levels[row.from_place_id, row.part_id] >= 0, f"movement {row.n}"
        if row.serial_id is not None:
            serials[row.serial_id] = row.to_place_id
    levels_in_time: Counter = Counter()
    for row in session.scalars(select(Movement).order_by(Movement.effective_at, Movement.n)):
        levels_in_time[row.from_place_id, row.part_id] -= row.qty
        levels_in_time[row.to_place_id, row.part_id] += row.qty
        assert row.from_place_id in free or levels_in_time[row.from_place_id, row.part_id] >= 0, f"instant of {row.n}"
    return levels, serials


def demand_law() -> None:
    session = db.session()
    session.expire_all()
    levels, serials = recomputed()
    rows = session.scalars(select(Balance)).all()
    assert {(r.place_id, r.part_id): r.qty for r in rows if r.qty} == {k: q for k, q in levels.items() if q}
    held = select(Reservation.place_id, Reservation.part_id, func.sum(Reservation.qty))
    held = held.where(Reservation.state == ReservationState.OPEN).group_by(Reservation.place_id, Reservation.part_id)
    assert {(r.place_id, r.part_id): r.reserved for r in rows if r.reserved} == {
        (place, part): int(qty) for place, part, qty in session.execute(held)
    }
    assert {row.id: row.place_id for row in session.scalars(select(Serial))} == serials
    per_part: Counter = Counter()
    for (_place, part), qty in levels.items():
        per_part[part] += qty
    assert all(total == 0 for total in per_part.values()), "each part sums to zero over all places"


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_history_on_hand_is_the_ledger_s_sum(house, seed):
    stock = cast.stock(now=MONDAY - timedelta(days=40))
    chance = random.Random(seed)
    shelves = [stock.warehouse, stock.depot, stock.depot_bin, stock.van, stock.other_van]
    visits = [cast.open_visit(f"V-{n:06d}", now=MONDAY - timedelta(days=40)) for n in range(4)]
    done: Counter = Counter()
    for number in range(STEPS):
        act = chance.choice(ACTS)
        try:
            play(act, number, stock, chance, shelves, visits)
            done[act] += 1
        except DomainError as refusal:
            done[type(refusal).__name__] += 1
    assert {"receive", "move", "reserve", "use", "reverse", "InsufficientStock", "Backdated"} <= done.keys(), done
    demand_law()


def play(act, number, stock, chance, shelves, visits):
    now = MONDAY + timedelta(minutes=number)
    part = chance.choice([stock.fan, stock.belt])
    qty, key = Qty(chance.randint(3, 6) if act == "receive" else chance.randint(1, 3)), f"law-{number}"
    late = now - timedelta(minutes=chance.randint(0, 60 * 24 * 30)) if chance.random() < 0.3 else None
    here, there = chance.sample(shelves, 2)
    visit = chance.choice(visits)
    if act == "receive":
        serials = tuple(f"S{chance.randint(1, 60)}" for _ in range(1))
        goods = Goods(stock.seal, Qty(1), serials) if chance.random() < 0.4 else Goods(part, qty)
        receive([goods], to_place_id=here, key=key, effective_at=late, by=SYSTEM, now=now)
    elif act == "move":
        serial = chance.choice(sorted(row.serial_no for row in db.session.query(Serial)))
        goods = Goods(stock.seal, Qty(1), (serial,)) if chance.random() < 0.4 else Goods(part, qty)
        move([goods], from_place_id=here, to_place_id=there, key=key, effective_at=late, by=SYSTEM, now=now)
    elif act == "scrap":
        scrap(Goods(part, Qty(1)), from_place_id=here, reason="law", key=key, by=SYSTEM, now=now)
    elif act == "reserve":
        with transaction() as session:
            api.reserve(session, visit_ref=visit, lines=[Line(part, here, qty)], by=SYSTEM, at=now, key=key)
    elif act == "release":
        use_cases.release_for_visit(visit, by=SYSTEM, now=now)
    elif act == "use":
        code = "200014" if chance.random() < 0.4 else ("100871" if part == stock.fan else "100233")
        with transaction() as session:
            api.use_part(
                session, visit_ref=visit, part_code_or_serial=code, qty=1, from_place_id=stock.van, site_ref="site:1",
                asset_ref=None, removed_serial=f"OLD{number}" if code == "200014" else None, by=SYSTEM, at=now, key=key,
            )  # fmt: skip
    elif act == "return":
        use_cases.return_parts(
            "100871", 1, visit_ref=visit, from_place_id=stock.van, to_place_id=stock.depot, key=key, by=SYSTEM, now=now
        )  # fmt: skip
    else:
        numbers = list(db.session.scalars(select(Movement.n).order_by(Movement.n)))
        use_cases.reverse(chance.choice(numbers), reason="law", by=SYSTEM, now=now)
