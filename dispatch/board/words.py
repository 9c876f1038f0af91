"""The board's sentences, by code, in both languages (house §7). What breaks is told where the drop is asked for."""

WORDS: dict[str, tuple[str, str]] = {
    "board.breach.off_shift": ("不在班", "off shift"),
    "board.breach.overlap": ("与 {ref} 重叠", "overlaps {ref}"),
    "board.breach.unreachable": (
        "路上 {minutes} 分钟,最早 {at} 到",
        "{minutes} min on the road, there at {at} at the earliest",
    ),
    "board.breach.delays": ("{ref} 会晚 {minutes} 分钟", "{ref} would be {minutes} min late"),
    "board.breach.late": ("晚于到场时限 {minutes} 分钟", "{minutes} min after the arrival commitment"),
    "board.breach.window": ("不在约定时段 {start} ～ {end}", "outside the agreed window {start} to {end}"),
    "board.breach.too_early": ("客户 {at} 之后才方便", "the customer asked for after {at}"),
    "board.breach.frozen": (
        "{minutes} 分钟内的安排,请先电话确认",
        "within the next {minutes} min: confirm by phone first",
    ),
    "board.give_reason": (
        "这样派的问题:{breaches}。填写原因后可以仍然派单。",
        "This breaks: {breaches}. Give a reason to assign anyway.",
    ),
    "board.not_planned": ("这次上门还没有派给谁。", "This visit is not assigned to anybody."),
}
