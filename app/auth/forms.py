"""What is typed to sign in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from app.web.forms import ChoiceField, CodeField, HouseForm


class SecretField(PasswordField):
    """A password: taken exactly as typed, never shown again."""

    def __init__(self, label: Any = None, *, autocomplete: str, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"autocomplete": autocomplete, "maxlength": "200"}, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist and isinstance(valuelist[0], str) else ""


class SignInForm(HouseForm):
    """Name and password."""

    user_name = CodeField(_l("用户名或手机号"), max_len=80)
    password = SecretField(_l("密码"), autocomplete="current-password")


class SecondFactorForm(HouseForm):
    """The one-time code."""

    code = CodeField(_l("一次性验证码"), max_len=12)


class PasswordForm(HouseForm):
    """The old and the new password."""

    old = SecretField(_l("现在的密码"), autocomplete="current-password")
    new = SecretField(_l("新密码"), autocomplete="new-password")


class LanguageForm(HouseForm):
    """The language of the interface."""

    language = ChoiceField(_l("语言"), choices=[("zh", "中文"), ("en", "English")])


class ThemeForm(HouseForm):
    """Light, dark, or as the system says."""

    theme = ChoiceField(_l("外观"), choices=[("light", _l("浅色")), ("dark", _l("深色")), ("auto", _l("跟随系统"))])
