"""One box that finds numbers, names, serials, mobiles and pinyin initials on every floor (B2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor
from app.kernel.errors import InvalidInput
from app.kernel.text import clean_text, fold_code
from app.web.policy import signed_in

bp = Blueprint("search", __name__)
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: what it is, its name, a line about it, and where it stands."""

    kind_label: Any
    title: str
    detail: str
    url: str


@bp.get("/search")
@signed_in
def search() -> ResponseReturnValue:
    """What the floors found for `q`, each within the actor's own scope (P25)."""
    typed = request.args.get("q", "")
    try:
        text = fold_code(clean_text(typed, field="q", max_len=LONGEST, required=False))
    except InvalidInput:
        text = ""
    hits = list(_hits(text)) if text else []
    template = "search/_results.html" if "HX-Request" in request.headers else "search/results.html"
    return render_template(template, q=typed[:LONGEST], search_results=hits)


def _hits(text: str) -> Iterable[Hit]:
    finders: list[Callable[..., Iterable[Hit]]] = current_app.extensions["slots"].get("search", [])
    actor = current_actor()
    for find in finders:
        yield from find(actor=actor, text=text)
