"""The dispatch floor's sentences, by code, in both languages (house §7)."""

WORDS: dict[str, tuple[str, str]] = {
    "people.missing_engineer": ("没有这位工程师。", "There is no such engineer."),
    "people.missing_territory": ("没有区域“{territory}”。", "There is no territory “{territory}”."),
    "people.missing_skill": ("没有技能“{skill}”。", "There is no skill “{skill}”."),
    "people.code_taken": ("“{what}”已经有了。", "“{what}” exists already."),
    "people.has_left": ("工程师 {left_on} 已离职。", "The engineer left on {left_on}."),
    "people.why.left": ("已离职", "has left"),
    "people.why.no_skill": ("没有这项技能", "does not hold the skill"),
    "people.why.low_skill": ("技能等级不够", "skill level too low"),
    "people.why.expired_skill": ("技能证书已过期", "skill certificate has expired"),
    "roster.missing_duty": ("没有这个班次。", "There is no such shift."),
    "roster.overlaps": (
        "这段时间已有班次({start} ～ {end})。",
        "There is a shift already ({start} to {end}).",
    ),
    "roster.bad_span": ("班次的结束要晚于开始,且不超过 24 小时。", "A shift ends after it starts and lasts at most 24 hours."),
    "roster.bad_break": (
        "休息要完全在班次之内,最晚开始不早于最早开始;没有休息就三项都留空。",
        "A break lies wholly within its shift and its latest start is not before its earliest; without one, leave all empty.",
    ),
}
