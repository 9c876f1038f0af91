"""The door of the house."""

from __future__ import annotations

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask import session as csrf_seed
from flask.typing import ResponseReturnValue

from app.auth import session as auth_session
from app.auth import use_cases
from app.auth.forms import LanguageForm, PasswordForm, SecondFactorForm, SignInForm, ThemeForm
from app.auth.session import current_actor, request_now
from app.web.headers import own_path
from app.web.policy import public, signed_in

bp = Blueprint("auth", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; a right pair opens a new session under a new random id."""
    if current_actor().signed_in and request.method == "GET":
        return redirect(url_for("home.home"), 303)
    form = SignInForm()
    target = own_path(request.values.get("next"))
    if form.validate_on_submit():
        with form.refusals():
            token, owes_code = use_cases.sign_in(
                form.user_name.data, form.password.data or "", address=request.remote_addr or "", now=request_now()
            )
            csrf_seed.clear()
            where = url_for("auth.second_factor", next=target) if owes_code else target
            response = make_response(redirect(where, 303))
            auth_session.set_cookie(response, token)
            return response
    return render_template("auth/sign_in.html", form=form, next=target), form.status


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """Ask a manager or administrator for the one-time code."""
    if not g.get("owes_code"):
        return redirect(url_for("home.home"), 303)
    form = SecondFactorForm()
    target = own_path(request.values.get("next"))
    if form.validate_on_submit():
        with form.refusals():
            fresh = use_cases.prove_second_factor(
                g.session_token, form.code.data, address=request.remote_addr or "", now=request_now()
            )
            csrf_seed.clear()
            response = make_response(redirect(target, 303))
            auth_session.set_cookie(response, fresh)
            return response
    return render_template("auth/second_factor.html", form=form, next=target), form.status


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session and forget its cookie."""
    actor = current_actor()
    if actor.signed_in:
        use_cases.sign_out(by=actor, now=request_now())
    csrf_seed.clear()
    response = make_response(redirect(url_for("auth.sign_in"), 303))
    response.delete_cookie(auth_session.cookie_name())
    return response


@bp.get("/me")
@signed_in
def me() -> ResponseReturnValue:
    """The actor's own settings."""
    return _me(PasswordForm()), 200


@bp.post("/me/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Replace the password; other sessions of the account end."""
    form = PasswordForm()
    if form.validate_on_submit():
        with form.refusals():
            fresh = use_cases.change_password(
                form.old.data or "", form.new.data or "", by=current_actor(), now=request_now()
            )
            response = make_response(redirect(url_for("auth.me", saved=1), 303))
            auth_session.set_cookie(response, fresh)
            return response
    return _me(form), form.status


@bp.post("/me/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    """End the account's other sessions."""
    use_cases.sign_out_everywhere(by=current_actor(), now=request_now())
    return redirect(url_for("auth.me", saved=1), 303)


@bp.post("/language")
@public
def set_language() -> ResponseReturnValue:
    """Choose Chinese or English; remembered for the account, or in a cookie before signing in."""
    form = LanguageForm()
    if not form.validate_on_submit():
        abort(422)
    response = make_response(redirect(own_path(request.form.get("next")), 303))
    if current_actor().signed_in:
        use_cases.keep_preferences(language=form.language.data, by=current_actor(), now=request_now())
    response.set_cookie(auth_session.LANGUAGE_COOKIE, form.language.data, samesite="Lax", max_age=31536000)
    return response


@bp.post("/theme")
@signed_in
def set_theme() -> ResponseReturnValue:
    """Choose light, dark, or as the system says."""
    form = ThemeForm()
    if not form.validate_on_submit():
        abort(422)
    use_cases.keep_preferences(theme=form.theme.data, by=current_actor(), now=request_now())
    return redirect(own_path(request.form.get("next")), 303)


def _me(form: PasswordForm) -> str:
    saved = request.args.get("saved")
    return render_template("me/me.html", password_form=form, saved=saved, must_change=g.must_change)
