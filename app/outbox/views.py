"""The bell's page, and the list of messages that gave up."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor, request_now
from app.db import db
from app.outbox import store, use_cases
from app.web.forms import HouseForm
from app.web.policy import requires, signed_in

bp = Blueprint("outbox", __name__)
MOST_SHOWN = 100


@bp.get("/notifications")
@signed_in
def notifications() -> ResponseReturnValue:
    """The reader's own notifications, newest first."""
    user_id = current_actor().user_id
    assert user_id is not None
    rows = store.notifications(db.session(), user_id, limit=MOST_SHOWN)
    return render_template("outbox/notifications.html", notifications=rows, form=HouseForm())


@bp.post("/notifications/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """Everything the reader has is read."""
    if HouseForm().validate_on_submit():
        use_cases.mark_read(by=current_actor(), now=request_now())
    return redirect(url_for(".notifications"), 303)


@bp.post("/notifications/<int:notification_id>/read")
@signed_in
def read_one(notification_id: int) -> ResponseReturnValue:
    """One of the reader's own is read; somebody else's stays as it is."""
    if HouseForm().validate_on_submit():
        use_cases.mark_read(notification_id, by=current_actor(), now=request_now())
    return redirect(url_for(".notifications"), 303)


@bp.get("/messages")
@requires("outbox.tend")
def standing() -> ResponseReturnValue:
    """Messages that gave up, with what the other side answered."""
    return render_template("outbox/standing.html", messages=store.standing(db.session(), limit=MOST_SHOWN))


@bp.post("/messages/<int:message_id>/again")
@requires("outbox.tend")
def try_again(message_id: int) -> ResponseReturnValue:
    """Queue one of them once more."""
    if HouseForm().validate_on_submit():
        use_cases.try_again(message_id, by=current_actor(), now=request_now())
    return redirect(url_for(".standing"), 303)
