"""The demo's accounts: one for each role, with passwords that guard nothing (P30)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from app.domain import Role

__all__ = ["ACCOUNTS", "Account", "account_of", "engineer_account"]


@dataclass(frozen=True, slots=True)
class Account:
    """A name to sign in with; password and one-time-code secret follow from it, so that they can be printed again."""

    user_name: str
    role: Role
    display_name: str
    label_zh: str
    label_en: str

    @property
    def password(self) -> str:
        """Readable, twelve characters at least, and marked as the demo's."""
        return f"Demo-{self.user_name}-8899"

    @property
    def totp_secret(self) -> str | None:
        """What the second factor's codes are made of, for the roles that need one."""
        if self.role not in (Role.MANAGER, Role.ADMINISTRATOR):
            return None
        return base64.b32encode(hashlib.sha256(f"demo:{self.user_name}".encode()).digest())[:32].decode()


ACCOUNTS = (
    Account("diaodu", Role.DISPATCHER, "张调度", "调度", "dispatcher"),
    Account("kuguan", Role.STOREKEEPER, "刘库管", "库管", "storekeeper"),
    Account("xiaoshou", Role.SALES, "陈销售", "销售", "sales"),
    Account("gongchengshi", Role.ENGINEER, "", "工程师", "engineer"),
    Account("kehu", Role.CUSTOMER, "", "客户", "customer"),
    Account("zhuguan", Role.MANAGER, "周主管", "主管", "manager"),
    Account("guanli", Role.ADMINISTRATOR, "系统管理员", "管理员", "administrator"),
)


def account_of(role: Role) -> Account:
    """The account of that role."""
    return next(account for account in ACCOUNTS if account.role is role)


def engineer_account(number: int) -> Account:
    """The account of one of the other engineers."""
    return Account(f"gongchengshi{number:02d}", Role.ENGINEER, "", "工程师", "engineer")
