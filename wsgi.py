"""The roof: the only file that knows every floor."""

from typing import Any

from flask import Flask

import contracts.wiring
import dispatch.wiring
import inventory.wiring
from app.factory import create_app

FLOORS = [contracts.wiring.domain, inventory.wiring.domain, dispatch.wiring.domain]


def build(**options: Any) -> Flask:
    """The whole house; servers and the `flask` command call this (`wsgi:build`)."""
    return create_app(domains=FLOORS, **options)
