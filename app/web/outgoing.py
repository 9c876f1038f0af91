"""Calls out of the house: straight to the host that the configuration names, never where it points on (P43)."""

from __future__ import annotations

import urllib.request
from typing import Any


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def opener() -> urllib.request.OpenerDirector:
    """Opens http and https without a proxy of the environment; a redirect is an HTTPError, not a second call."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
