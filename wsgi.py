"""The roof: the only file that knows every floor."""

from typing import Any

from flask import Flask

from app.factory import create_app

FLOORS = []


def build(**options: Any) -> Flask:
    """The whole house; servers and the `flask` command call this (`wsgi:build`)."""
    return create_app(domains=FLOORS, **options)
