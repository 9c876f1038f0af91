"""An entitlement in words that a caller can be told, in the reader's language (C5, screens §4)."""

from __future__ import annotations

from collections.abc import Iterable

from app.web.words import say, speaks_english
from contracts.entitlement.rules import COSTS, Entitlement

_KINDS = {"labour": ("人工", "labour"), "travel": ("路费", "travel"), "parts": ("备件", "parts")}
_PAYERS = {
    "contract": ("合同", "contract"),
    "warranty": ("我方质保", "our warranty"),
    "manufacturer": ("厂家质保", "manufacturer's warranty"),
    "customer": ("客户", "customer"),
}


def limit_words(limit_s: int) -> str:
    """4小时 / 4 h, 30分钟 / 30 min; hours with minutes where both are needed."""
    hours, minutes = divmod(limit_s // 60, 60)
    parts = []
    if hours:
        parts.append(f"{hours} h" if speaks_english() else f"{hours}小时")
    if minutes or not hours:
        parts.append(f"{minutes} min" if speaks_english() else f"{minutes}分钟")
    return (" " if speaks_english() else "").join(parts)


def caller_line(entitlement: Entitlement) -> str:
    """One line for the caller: 合同内,4小时到场,人工路费备件免费; or 不在保,需先确认报价."""
    if entitlement.named is None:
        return say("entitlement.not_covered")
    parts = [say(f"entitlement.in_{entitlement.named.kind}")]
    arrival = entitlement.clock("arrival")
    if arrival is not None:
        parts.append(say("entitlement.limit_arrival", span=limit_words(arrival.limit_s)))
    free = entitlement.free
    charged = [cost.value for cost in COSTS if cost.value not in free]
    if free:
        parts.append(say("entitlement.free", kinds=_join(free)))
    if charged:
        parts.append(say("entitlement.charged", kinds=_join(charged)))
    return (", " if speaks_english() else ",").join(parts)


def reason_lines(entitlement: Entitlement) -> list[str]:
    """Every reason as a sentence: what is owed, then why each cover does or does not count."""
    lines = []
    for reason in entitlement.reasons:
        data = dict(reason.data)
        if "limit_s" in data:
            data["span"] = limit_words(int(data["limit_s"]))
        if "payer" in data:
            data["payer_name"] = _PAYERS[str(data["payer"])][speaks_english()]
        lines.append(say(reason.code, **data))
    return lines


def _join(kinds: Iterable[str]) -> str:
    words = [_KINDS[kind][speaks_english()] for kind in kinds]
    return ", ".join(words) if speaks_english() else "".join(words)
