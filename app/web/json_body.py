"""JSON that came in: one strict parser for every API entry (P7, P26, P42)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request

from app.kernel.errors import DomainError, InputCode, InvalidInput, Kind, Problem


class NotJson(DomainError):
    """The body is no JSON object, or one that says a key twice, NaN, or is nested beyond reason."""

    code = "input.not_json"
    kind = Kind.invalid


def json_object(*, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """The request's JSON object with exactly the listed keys. Raises InvalidInput naming every stray or missing one."""
    try:
        body = json.loads(request.get_data(), object_pairs_hook=_once_each, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson() from error
    if not isinstance(body, dict):
        raise NotJson()
    known = {*required, *optional}
    problems = [Problem(key[:80], InputCode.unknown_field) for key in body if key not in known]
    problems += [Problem(key, InputCode.required) for key in required if body.get(key) is None]
    if problems:
        raise InvalidInput(problems=problems)
    return body


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
