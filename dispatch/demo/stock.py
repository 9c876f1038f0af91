"""The parts, what lies where, and the monthly round that fills up vans and shelves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from app.actor import SYSTEM
from app.kernel.quantity import Qty
from dispatch.demo.company import Company, EngineerRef, Pile
from dispatch.demo.parts import FAMILIES, RARE, catalogue, skill_of_part
from inventory.catalogue import use_cases as parts
from inventory.catalogue.rules import PartData, PartId
from inventory.ledger import use_cases as ledger
from inventory.ledger.use_cases import Goods
from inventory.places.rules import PlaceId

__all__ = ["fill_shelves", "take_from_van"]

_ROUND = timedelta(days=28)
#: The houses' shelves: the fast parts lie in the first, the rest in the others.
_SHELVES = ("A1", "A2", "B1")


def fill_shelves(company: Company) -> None:
    """Every part in the catalogue; stock in the central warehouse, the depots and the vans; rounds in the diary."""
    random = company.random("stock")
    at = company.history_from - timedelta(days=20)
    rows = catalogue(random, families=company.scale.families)
    ids = parts.add_parts(rows, by=SYSTEM, now=company.founded_at)
    company.parts = {row.part_no: part_id for row, part_id in zip(rows, ids, strict=True)}
    company.by_serial = {row.part_no for row in rows if row.serial_tracked}
    company.rare = _rare(rows, random)
    stocked = [row for row in rows if row.part_no not in company.rare]
    for house in ("W1", "D1", "D2", "D3", "D4"):
        _stock_house(company, house, stocked, random, at)
    for engineer in company.engineers:
        _load_van(company, engineer, stocked, random, at)
    day = company.history_from + _ROUND
    while day < company.now - timedelta(days=2):
        company.diary.add(day, partial(_round, company))
        day += _ROUND


def _rare(rows: Sequence[PartData], random: Random) -> list[str]:
    """A few parts of each trade that have left the market: nobody has a piece, and nothing stands in for them."""
    found: list[str] = []
    for skill in FAMILIES:
        alone = [row.part_no for row in rows if skill_of_part(row.part_no) == skill and not row.substitutes]
        found += random.sample(alone, min(RARE, len(alone) - 1))
    return sorted(found)


def _stock_house(company: Company, house: str, rows: list[PartData], random: Random, at: datetime) -> None:
    """A receipt for each shelf. The central warehouse has everything, a depot what its territory needs often."""
    shelves: dict[str, list[Goods]] = {code: [] for code in _SHELVES}
    for number, row in enumerate(rows):
        if house != "W1" and random.random() < 0.5:
            continue
        qty = random.randint(3, 9) if house == "W1" else random.randint(1, 3)
        if row.serial_tracked:
            qty = min(qty, 2) if house == "W1" else 1
        goods = _goods(company, row.part_no, qty)
        shelves[_SHELVES[0 if row.criticality == 1 else 1 + number % 2]].append(goods)
        if house == "W1":
            company.central[row.part_no] = Pile(qty, list(goods.serial_nos))
    for code, goods_there in shelves.items():
        if goods_there:
            place = PlaceId(company.houses[f"{house}-{code}"])
            ledger.receive(
                goods_there, to_place_id=place, document=f"PO-{house}-{code}", key=company.key(), by=SYSTEM, now=at
            )


def _load_van(company: Company, engineer: EngineerRef, rows: list[PartData], random: Random, at: datetime) -> None:
    """What he needs often for what he can do."""
    mine = {skill.code for skill in engineer.skills}
    fitting = [row for row in rows if skill_of_part(row.part_no) in mine]
    goods = []
    for row in random.sample(fitting, min(len(fitting), 22)):
        one = _goods(company, row.part_no, 1 if row.serial_tracked else random.randint(2, 3))
        engineer.load[row.part_no] = Pile(one.qty, list(one.serial_nos))
        engineer.wanted[row.part_no] = one.qty
        goods.append(one)
    ledger.receive(
        goods, to_place_id=PlaceId(engineer.van_id), document="FIRST-LOAD", key=company.key(), by=SYSTEM, now=at
    )


def _goods(company: Company, part_no: str, qty: int) -> Goods:
    """So many pieces; tracked ones under fresh serials, the next of the whole company."""
    serials = tuple(f"{part_no}-{next(company.keys):05d}" for _ in range(qty)) if part_no in company.by_serial else ()
    return Goods(PartId(company.parts[part_no]), Qty(qty), serials)


def take_from_van(engineer: EngineerRef, part_no: str) -> str:
    """The code to scan for a piece of the part, its serial where it has one; the piece has left the van."""
    pile = engineer.load[part_no]
    pile.qty -= 1
    return pile.serials.pop(0) if pile.serials else part_no


def _round(company: Company, at: datetime) -> None:
    """The central warehouse orders what the vans used, and each van is filled up from it."""
    missing = {
        engineer.id: {no: count - engineer.load[no].qty for no, count in engineer.wanted.items()}
        for engineer in company.engineers
    }
    total: dict[str, int] = {}
    for wanted in missing.values():
        for part_no, count in wanted.items():
            total[part_no] = total.get(part_no, 0) + count
    ordered = [_goods(company, part_no, count) for part_no, count in sorted(total.items()) if count]
    if not ordered:
        return
    dock = PlaceId(company.houses["W1"])
    ledger.receive(
        ordered, to_place_id=dock, document=f"PO-{at:%Y%m}", key=company.key(), by=company.storekeeper, now=at
    )
    arrived = {goods.part_id: list(goods.serial_nos) for goods in ordered}
    for engineer in company.engineers:
        _fill_up(company, engineer, missing[engineer.id], arrived, at)


def _fill_up(
    company: Company, engineer: EngineerRef, missing: dict[str, int], arrived: dict[PartId, list[str]], at: datetime
) -> None:
    goods = []
    for part_no, count in sorted(missing.items()):
        if not count:
            continue
        part_id = PartId(company.parts[part_no])
        serials = tuple(arrived[part_id].pop(0) for _ in range(count)) if part_no in company.by_serial else ()
        goods.append(Goods(part_id, Qty(count), serials))
        pile = engineer.load[part_no]
        pile.qty, pile.serials = pile.qty + count, pile.serials + list(serials)
    if goods:
        ledger.move(
            goods, from_place_id=PlaceId(company.houses["W1"]), to_place_id=PlaceId(engineer.van_id), key=company.key(),
            by=company.storekeeper, now=at + timedelta(hours=2),
        )  # fmt: skip
