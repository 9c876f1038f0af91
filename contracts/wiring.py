"""What the contracts floor brings to the house. Its rooms, bottom first."""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.auth.actor import SYSTEM
from app.domain import Domain, NavItem
from contracts.checks import CHECKS
from contracts.entitlement import panels as entitlement_panels
from contracts.entitlement.views import bp as entitlement_bp
from contracts.installbase.views import bp as installbase_bp
from contracts.penalties import api as _penalties  # noqa: F401 - its tables belong to the house
from contracts.permissions import PERMISSIONS
from contracts.policies.views import bp as policies_bp
from contracts.terms import panels as terms_panels
from contracts.terms.use_cases import expire_contracts
from contracts.terms.views import bp as terms_bp
from contracts.words import WORDS


def expire(now: datetime) -> None:
    """One tick: contracts whose last day is over become expired."""
    expire_contracts(by=SYSTEM, now=now)


domain = Domain(
    name="contracts",
    package="contracts",
    needs=("app",),
    rooms=("installbase", "policies", "terms", "penalties", "entitlement"),
    blueprints=(terms_bp, installbase_bp, policies_bp, entitlement_bp),
    permissions=PERMISSIONS,
    words=WORDS,
    nav=(NavItem(_l("合同"), "terms.contracts", "contracts.see", key="C", order=40),),
    slots={
        "search": (terms_panels.search,),
        "home.cards": (terms_panels.mine, terms_panels.ending_soon, terms_panels.awaiting),
        "customer.panels": (terms_panels.of_customer,),
        "asset.panels": (entitlement_panels.cover,),
        "asset.archive": (terms_panels.archive,),
    },
    checks=CHECKS,
    ticks={"contracts.expire": expire},
)
