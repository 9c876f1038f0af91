"""What is typed about engineers, skills and territories (P7, P26)."""

from __future__ import annotations

import re
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from app.kernel.errors import InputCode, InvalidInput
from app.kernel.quantity import whole_number
from app.web.forms import ChoiceField, CodeField, DayField, HouseForm, LineField, MobileField, ParsedField, WholeField
from dispatch.people.rules import HeldSkill
from dispatch.people.use_cases import Person

__all__ = ["EngineerForm", "LeaveForm", "ModelForm", "RevokeForm", "SeenForm", "SkillForm", "WordForm"]

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,8})?")


class SeenForm(HouseForm):
    """A change of something that carries a version; without the version seen nothing is done (P14)."""

    version = HiddenField()

    def seen(self) -> int:
        """The version the page showed."""
        try:
            return whole_number(self.version.data, field="version", high=2**53)
        except InvalidInput:
            abort(400)


class DegreesField(ParsedField):
    """Degrees of latitude or longitude, WGS-84, judged as typed."""

    def parse(self, text: str) -> float:
        if not _DEGREES.fullmatch(text):
            raise InvalidInput(self.name, InputCode.required if not text else InputCode.not_position)
        return float(text)

    def show(self, value: Any) -> str:
        return f"{value:.6f}"


class EngineerForm(SeenForm):
    """One engineer."""

    name = LineField(_l("姓名"), max_len=60)
    name_en = LineField(_l("英文名"), max_len=60)
    mobile = MobileField(_l("手机号"))
    territory_code = ChoiceField(_l("区域"))
    home_address = LineField(_l("住址"), max_len=200)
    home_lat = DegreesField(_l("住址纬度(WGS-84)"))
    home_lon = DegreesField(_l("住址经度(WGS-84)"))

    def person(self) -> Person:
        """What was typed, as the use case takes it."""
        return Person(
            self.name.data, self.name_en.data, self.mobile.data, self.territory_code.data, self.home_address.data,
            self.home_lat.data, self.home_lon.data,
        )  # fmt: skip


class SkillForm(SeenForm):
    """A skill the engineer holds."""

    skill_code = ChoiceField(_l("技能"))
    level = WholeField(_l("等级(1-3)"), low=1, high=3)
    expires_on = DayField(_l("证书有效至"), required=False)

    def held(self) -> HeldSkill:
        """What was typed, as the use case takes it."""
        return HeldSkill(self.skill_code.data, self.level.data, self.expires_on.data)


class RevokeForm(SeenForm):
    """Which skill is held no more."""

    skill_code = HiddenField()


class LeaveForm(SeenForm):
    """The last day."""

    left_on = DayField(_l("最后工作日"))


class WordForm(HouseForm):
    """A territory or a skill: its code and its two names."""

    code = CodeField(_l("代码"), max_len=20)
    name_zh = LineField(_l("中文名称"), max_len=60)
    name_en = LineField(_l("英文名称"), max_len=60)


class ModelForm(HouseForm):
    """What work on a model takes."""

    model = LineField(_l("型号"), max_len=80)
    skill_code = ChoiceField(_l("技能"))
    level = WholeField(_l("等级(1-3)"), low=1, high=3)
    minutes = WholeField(_l("工时(分钟)"), low=5, high=960)
