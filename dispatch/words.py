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
    "desk.missing_request": ("没有这个请求。", "There is no such request."),
    "desk.move_refused": (
        "请求现在的状态({state})不允许这一步({act})。", "The request's state ({state}) does not allow this step ({act}).",
    ),
    "desk.key_reused": ("这份表单已登记为 {request_no},请另开一份。", "This form was saved as {request_no}; open a new one."),
    "desk.asset_retired": ("设备 {asset_no} 已退役。", "Asset {asset_no} has been retired."),
    "desk.cannot_merge": (
        "只能并入同一客户另一个未结的请求({request_no} 不行)。",
        "A request is merged into another open one of the same customer ({request_no} is not).",
    ),
    "desk.nothing_to_allow": ("{request_no} 本来就可以派人。", "Somebody may be sent for {request_no} already."),
    "desk.same_level": ("故障等级已经是 {level} 级。", "The fault level is {level} already."),
    "desk.reported_in_the_future": ("报修时间不能晚于现在。", "The time of the report lies in the future."),
    "desk.reported_too_long_ago": ("报修时间最多在 {days} 天以前。", "The report is at most {days} days ago."),
    "clocks.already_paused": ("请求已在等待({reason})。", "The request waits already ({reason})."),
    "clocks.not_paused": ("请求没有在等待。", "The request is not waiting."),
    "clocks.out_of_order": (
        "等待不能早于报修或上一次等待,也不能在将来。", "A wait lies neither before the report or the last wait nor in the future.",
    ),
    "clocks.no_arrival_clock": ("没有还在走的到场时限可以改约。", "No arrival commitment is running that could be rescheduled."),
    "clocks.appointment_in_the_past": ("改约时间要晚于现在。", "The new time must lie ahead."),
    "clocks.nothing_to_waive": ("没有还在走的承诺。", "No commitment is running any more."),
    "visits.missing_visit": ("没有这个上门。", "There is no such visit."),
    "visits.move_refused": (
        "上门现在的状态({state})不允许这一步({act})。", "The visit's state ({state}) does not allow this step ({act}).",
    ),
    "visits.not_the_crew": ("只有接单的工程师可以这样做。", "Only the assigned engineer does this."),
    "visits.not_to_be_sent": (
        "{request_no} 不在保:要先有客户确认的报价,或由主管写明原因放行。",
        "{request_no} is not covered: a quotation must be accepted first, or a manager allows it with a reason.",
    ),
    "visits.request_ended": ("请求已结束({state}),不再派人。", "The request is over ({state}); nobody is sent any more."),
    "visits.bad_times": ("上门的结束要晚于开始。", "A visit ends after it starts."),
    "visits.cannot_do_it": ("{engineer} 不能做这个上门;坚持派单要写原因。", "{engineer} cannot do this visit; assigning anyway needs a reason."),
}
