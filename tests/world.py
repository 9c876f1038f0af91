"""One small world for every test: a hospital, a dispatcher, two engineers, a depot, a van, one pump that fails (house §10)."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.desk.use_cases import Reported
from tests.contracts import cast as contracts
from tests.contracts.cast import Hospital
from tests.dispatch import cast as dispatch
from tests.dispatch.cast import Crew
from tests.inventory import cast as inventory
from tests.inventory.cast import Stock


@dataclass(frozen=True, slots=True)
class World:
    """Ids of everything that stands in it."""

    hospital: Hospital
    contract_id: int
    crew: Crew
    stock: Stock

    def pump_fails(self, **about: object) -> Reported:
        """The hospital calls this Monday at ten: level 1, and the pump seal is wanted for the visit."""
        return dispatch.reported(self.hospital.pump_id, **{"parts": {self.stock.seal: 1}, **about})


def small_world() -> World:
    """The hospital under its 4-hour contract, Li with the van and Wang without, the depot's stock."""
    hospital = contracts.hospital()
    contract_id = contracts.four_hour_contract(hospital)
    crew = dispatch.crew()
    return World(hospital, contract_id, crew, inventory.stock(holder_ref=f"engineer:{crew.li}"))
