"""The dispatch floor's messages: fixed words with named places, Chinese and English (P33, X2)."""

from app.domain import MessageTemplate

MESSAGES: dict[str, MessageTemplate] = {
    "dispatch.assigned": MessageTemplate(
        subject=("派单 {visit_ref}", "Assigned: {visit_ref}"),
        body=(
            "派单 {visit_ref} {level}级 {site} 时限 {due}",
            "Assigned: {visit_ref}, level {level}, {site}, due {due}",
        ),
    ),
    "dispatch.act_parked": MessageTemplate(
        subject=("{visit_ref} 的手机操作待处理", "{visit_ref}: an action from the phone waits"),
        body=(
            "{who} 对 {visit_ref} 的操作与现状冲突,请在 {request_no} 查看并处理。",
            "{who}'s action on {visit_ref} clashes with what happened here; see {request_no}.",
        ),
    ),
    "dispatch.clock_step": MessageTemplate(
        subject=("{request_no} {kind_zh}已用 {percent}%", "{request_no}: {percent}% of the {kind_en} limit is gone"),
        body=(
            "{request_no} {level}级 {kind_zh}时限已用 {percent}%。",
            "{request_no}, level {level}: {percent}% of the {kind_en} limit is gone.",
        ),
    ),
    "dispatch.level_rose": MessageTemplate(
        subject=("{request_no} 升为 {level} 级", "{request_no} rose to level {level}"),
        body=(
            "{request_no} 的{kind_zh}超过时限,故障等级升为 {level} 级。",
            "{request_no} missed its {kind_en} limit; the fault level rose to {level}.",
        ),
    ),
}
