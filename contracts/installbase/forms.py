"""What is typed about customers, contacts, sites and assets."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.web.forms import (
    ChoiceField,
    CodeField,
    DayField,
    HouseForm,
    LineField,
    MobileField,
    ProseField,
    VersionField,
    YuanField,
)
from contracts.fields import AccessField, OptionalChoice
from contracts.installbase.rules import (
    AccessHours,
    AssetFacts,
    ContactFacts,
    Criticality,
    CustomerFacts,
    Datum,
    SiteFacts,
)

DATUMS = [
    (Datum.WGS84.value, _l("WGS-84(GPS)")),
    (Datum.GCJ02.value, _l("GCJ-02(高德、腾讯)")),
    (Datum.BD09.value, _l("BD-09(百度)")),
]
CRITICALITIES = [
    (Criticality.HIGH.value, _l("关键")),
    (Criticality.NORMAL.value, _l("一般")),
    (Criticality.LOW.value, _l("次要")),
]
WEEKDAYS = [_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日")]


class CustomerForm(HouseForm):
    """A customer."""

    name = LineField(_l("客户名称"), max_len=120)
    phone = MobileField(_l("总机"), required=False)
    note = ProseField(_l("备注"), required=False, max_len=2000)
    version = VersionField(required=False)

    def facts(self) -> CustomerFacts:
        return CustomerFacts(name=self.name.data, phone=self.phone.data, note=self.note.data)


class ContactForm(HouseForm):
    """A person at the customer."""

    name = LineField(_l("姓名"), max_len=60)
    title = LineField(_l("职务"), required=False, max_len=60)
    mobile = MobileField(_l("手机号"), required=False)
    email = CodeField(_l("电子邮箱"), required=False, max_len=120)
    site_id = OptionalChoice(_l("负责网点"), choices=[])
    is_main = BooleanField(_l("主要联系人"))
    version = VersionField(required=False)

    def facts(self) -> ContactFacts:
        return ContactFacts(
            name=self.name.data,
            title=self.title.data,
            mobile=self.mobile.data,
            email=self.email.data,
            site_id=int(self.site_id.data) if self.site_id.data else None,
            is_main=self.is_main.data,
        )


class SiteForm(HouseForm):
    """A site; the seven access fields all empty mean: at any time."""

    name = LineField(_l("网点名称"), max_len=120)
    address = LineField(_l("地址"), max_len=200)
    lat = CodeField(_l("纬度"), max_len=24)
    lon = CodeField(_l("经度"), max_len=24)
    datum = ChoiceField(_l("坐标系"), choices=DATUMS, default=Datum.WGS84.value)
    zone = CodeField(_l("时区"), max_len=40, default="Asia/Shanghai")
    territory = CodeField(_l("区域"), required=False, max_len=20)
    access_0 = AccessField(WEEKDAYS[0], required=False)
    access_1 = AccessField(WEEKDAYS[1], required=False)
    access_2 = AccessField(WEEKDAYS[2], required=False)
    access_3 = AccessField(WEEKDAYS[3], required=False)
    access_4 = AccessField(WEEKDAYS[4], required=False)
    access_5 = AccessField(WEEKDAYS[5], required=False)
    access_6 = AccessField(WEEKDAYS[6], required=False)
    access_note = ProseField(_l("进场说明"), required=False, max_len=1000)
    version = VersionField(required=False)

    @property
    def days(self) -> list[AccessField]:
        return [self._fields[f"access_{number}"] for number in range(7)]

    def facts(self) -> SiteFacts:
        access: AccessHours = tuple(field.data for field in self.days)
        return SiteFacts(
            name=self.name.data,
            address=self.address.data,
            lat=self.lat.data,
            lon=self.lon.data,
            datum=Datum(self.datum.data),
            zone=self.zone.data,
            territory=self.territory.data,
            access=access if any(access) else None,
            access_note=self.access_note.data,
        )


class AssetForm(HouseForm):
    """An asset; `site_id` lists the customer's own sites, `parent_id` his other assets."""

    name = LineField(_l("设备名称"), max_len=120)
    model = LineField(_l("型号"), max_len=80)
    serial_no = CodeField(_l("序列号"), required=False, max_len=80)
    site_id = ChoiceField(_l("网点"), choices=[])
    parent_id = OptionalChoice(_l("上级设备"), choices=[])
    sale_value_fen = YuanField(_l("销售额(元)"), required=False)
    installed_on = DayField(_l("安装日期"), required=False)
    accepted_on = DayField(_l("验收日期"), required=False)
    criticality = ChoiceField(_l("重要程度"), choices=CRITICALITIES, default=Criticality.NORMAL.value)
    software = LineField(_l("软件版本"), required=False, max_len=80)
    firmware = LineField(_l("固件版本"), required=False, max_len=80)
    version = VersionField(required=False)

    def facts(self) -> AssetFacts:
        return AssetFacts(
            name=self.name.data,
            model=self.model.data,
            serial_no=self.serial_no.data,
            parent_id=int(self.parent_id.data) if self.parent_id.data else None,
            sale_value_fen=self.sale_value_fen.data or 0,
            installed_on=self.installed_on.data,
            accepted_on=self.accepted_on.data,
            criticality=Criticality(self.criticality.data),
            software=self.software.data,
            firmware=self.firmware.data,
        )


class RetireForm(HouseForm):
    """Why and when an asset leaves service."""

    on = DayField(_l("退役日期"))
    why = LineField(_l("原因"), max_len=200)
    version = VersionField()


def choices(rows: list[Any], label: str = "name") -> list[tuple[str, str]]:
    """(id, name) of rows for a choice."""
    return [(str(row.id), getattr(row, label)) for row in rows]


NOBODY = ("", _l("不限"))
"""The first, empty choice of an optional list."""
