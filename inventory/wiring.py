"""What the inventory floor brings to the house. Its rooms, bottom first."""

from flask_babel import lazy_gettext as _l

import inventory.ledger.guards  # noqa: F401 - hangs the triggers and the inspection views on the tables
from app.domain import Domain, NavItem
from inventory.catalogue.views import bp as catalogue_bp
from inventory.checks import CHECKS
from inventory.ledger.views import bp as ledger_bp
from inventory.permissions import PERMISSIONS
from inventory.places.views import bp as places_bp
from inventory.requisitions.views import asset_archive, find, home_card
from inventory.requisitions.views import bp as requisitions_bp
from inventory.transfers.views import bp as transfers_bp
from inventory.words import WORDS

domain = Domain(
    name="inventory",
    package="inventory",
    needs=("app",),
    checks=CHECKS,
    rooms=("catalogue", "places", "ledger", "visits", "transfers", "requisitions"),
    blueprints=(catalogue_bp, places_bp, ledger_bp, transfers_bp, requisitions_bp),
    permissions=PERMISSIONS,
    words=WORDS,
    nav=(NavItem(_l("备件"), "stock.parts", "inventory.see", key="p", order=30),),
    slots={"home.cards": (home_card,), "search": (find,), "asset.archive": (asset_archive,)},
)
