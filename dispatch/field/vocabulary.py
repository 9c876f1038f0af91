"""The chips for cause and action taken: codes that the phone sends, words that the report prints (F2, screens §12[4])."""

from __future__ import annotations

from collections.abc import Mapping

from app.kernel.errors import InputCode, InvalidInput
from app.kernel.text import clean_text

__all__ = ["ACTIONS", "CAUSES", "in_english", "sentence"]

Words = Mapping[str, tuple[str, str]]

CAUSES: Words = {
    "wear": ("磨损老化", "wear"),
    "bearing": ("轴承", "bearing"),
    "seal": ("密封", "seal"),
    "control": ("控制板", "control board"),
    "power": ("电源", "power supply"),
    "software": ("软件或参数", "software or settings"),
    "handling": ("操作不当", "handling"),
    "surroundings": ("环境", "surroundings"),
}
ACTIONS: Words = {
    "replaced": ("更换", "replaced"),
    "cleaned": ("清洁", "cleaned"),
    "adjusted": ("调试", "adjusted"),
    "repaired": ("修复", "repaired"),
    "restarted": ("重启", "restarted"),
    "updated": ("升级", "updated"),
}
_TEXT_AFTER = ":"
_BETWEEN = "、"


def sentence(field: str, codes: object, text: object, words: Words) -> str:
    """Chips and words as one Chinese line, `轴承、密封:晃动大`. At least one of the two is required."""
    if codes is None:
        chosen: list[str] = []
    elif isinstance(codes, list) and all(isinstance(code, str) for code in codes) and len(codes) <= len(words):
        chosen = codes
    else:
        raise InvalidInput(field, InputCode.not_choice)
    if any(code not in words for code in chosen):
        raise InvalidInput(field, InputCode.not_choice)
    said = clean_text(text, field=f"{field}_text", max_len=1000, required=False, multiline=True)
    if not chosen and not said:
        raise InvalidInput(field, InputCode.required)
    chips = _BETWEEN.join(words[code][0] for code in words if code in chosen)
    return f"{chips}{_TEXT_AFTER}{said}" if chips and said else chips or said


def in_english(line: str, words: Words) -> str:
    """The same line with its chips in English; what was typed stays as typed."""
    twins = dict(words.values())
    chips, mark, said = line.partition(_TEXT_AFTER)
    parts = chips.split(_BETWEEN)
    if not all(part in twins for part in parts):
        return line
    return ", ".join(twins[part] for part in parts) + (f": {said}" if mark else "")
