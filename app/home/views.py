"""The page everybody lands on: what each floor has to do for this role, now (B2)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.web.policy import signed_in
from app.web.show import slot

bp = Blueprint("home", __name__)


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """The role's home page; a floor may take the whole page over (the board, the phone's route)."""
    actor = current_actor()
    for target in slot("home.front", actor=actor):
        return redirect(str(target), 303)
    # The work of the day stands upstairs, so the upper floors' cards come first.
    return render_template("home/home.html", home_cards=slot("home.cards", actor=actor, now=request_now())[::-1])
