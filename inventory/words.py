"""The inventory floor's refusals, by code, in both languages (house §7)."""

WORDS: dict[str, tuple[str, str]] = {
    "inventory.missing_part": ("没有备件号为 {part_no} 的备件。", "There is no spare part with part number {part_no}."),
    "inventory.part_no_taken": ("备件号 {part_no} 已被使用。", "Part number {part_no} is taken."),
    "inventory.tracking_fixed": (
        "备件 {part_no} 已有库存流水,不能再改是否按序列号管理。",
        "Spare part {part_no} has movements: whether it is tracked by serial number cannot change any more.",
    ),
    "inventory.maximum_below_minimum": (
        "最高库存不能低于最低库存 {minimum}。",
        "The maximum stock cannot be below the minimum stock of {minimum}.",
    ),
    "inventory.own_substitute": ("备件 {part_no} 不能代用自己。", "Spare part {part_no} cannot substitute itself."),
    "inventory.named_twice": ("同一项填写了两次。", "The same entry is given twice."),
    "inventory.missing_place": ("没有编号为 {place_code} 的存放处。", "There is no place with the code {place_code}."),
    "inventory.place_code_taken": (
        "编号 {place_code} 已被使用,或该工程师已有随车库。",
        "The code {place_code} is taken, or this engineer has a van already.",
    ),
    "inventory.place_kind_stays": ("存放处的种类和状态不能改。", "The kind and condition of a place cannot change."),
    "inventory.cannot_stand_there": (
        "这种存放处不能放在所选的上级之下。",
        "This kind of place cannot stand in the chosen one.",
    ),
    "inventory.stands_in_itself": (
        "存放处不能放在自己或自己的下级之内。",
        "A place cannot stand in itself or in what it holds.",
    ),
    "inventory.only_a_van_has_a_driver": ("只有随车库有使用人。", "Only a van has a driver."),
    "inventory.bad_hours": (
        "营业时间请按周一到周日填写 7 段,如 08:00-18:00,休息日填 -。",
        "Give 7 spans from Monday to Sunday such as 08:00-18:00, and - for a day off.",
    ),
    "inventory.insufficient_stock": ("库存不足。", "There is not enough stock."),
    "inventory.short": (
        "{part_name}:{place} 需要 {wanted},可用 {available};已预留给:{held_by};最近还有:{nearest}。",
        "{part_name}: {wanted} wanted at {place}, {available} available; reserved by: {held_by}; nearest: {nearest}.",
    ),
    "inventory.movement_not_allowed": (
        "这种库存变动({kind})不能从 {from_kind} 到 {to_kind}。",
        "A movement of this kind ({kind}) cannot go from {from_kind} to {to_kind}.",
    ),
    "inventory.needs_visit": (
        "这种库存变动({kind})必须属于一次上门。",
        "A movement of this kind ({kind}) must belong to a visit.",
    ),
    "inventory.visit_not_open": (
        "上门 {visit_ref} 不存在或当时没有打开,不能领用备件。",
        "Visit {visit_ref} is unknown or was not open then: no part can leave for it.",
    ),
    "inventory.serial_elsewhere": (
        "序列号 {serial_no} 在 {place},不在 {wanted_at}。",
        "Serial number {serial_no} is at {place}, not at {wanted_at}.",
    ),
    "inventory.serial_known": (
        "序列号 {serial_no} 已在 {place},不能当作新件入库,只能从那里退回。",
        "Serial number {serial_no} is at {place} already: it cannot be received as new, only returned from there.",
    ),
    "inventory.serial_needed": (
        "这个备件按序列号管理:请逐件给出序列号。",
        "This part is tracked piece by piece: give each serial number.",
    ),
    "inventory.serial_not_wanted": (
        "这个备件不按序列号管理,不需要序列号 {serial_no}。",
        "This part is counted in bulk: serial number {serial_no} is not wanted.",
    ),
    "inventory.serials_do_not_match": (
        "数量是 {qty},序列号有 {serials} 个,请核对。",
        "The quantity is {qty} but {serials} serial numbers are given; please check.",
    ),
    "inventory.backdated": (
        "按这个时间补记,{place} 之后某一刻的库存会是 {balance}。",
        "Booked at that time, {place} would have had {balance} at a later moment.",
    ),
    "inventory.in_the_future": ("生效时间不能晚于现在。", "It cannot take effect later than now."),
    "inventory.key_reused": (
        "这个操作编号已用于另一笔变动。",
        "This action's key belongs to another movement already.",
    ),
    "inventory.already_reversed": ("流水 {n} 已经冲正过。", "Movement {n} has been reversed already."),
    "inventory.not_reversible": (
        "流水 {n} 不能冲正:它本身是冲正,或已有退料。",
        "Movement {n} cannot be reversed: it is a reversal itself, or parts of it have come back.",
    ),
    "inventory.returns_exceed_issue": (
        "退料数量超过了出库 {n} 的数量。",
        "More would come back than issue {n} had handed out.",
    ),
    "inventory.missing_movement": ("没有流水 {n}。", "There is no movement {n}."),
    "inventory.reservation_ended": (
        "上门 {visit_ref} 的预留已经结束。",
        "The reservation for visit {visit_ref} has ended already.",
    ),
    "inventory.missing_pick_list": ("没有领料单 {pick_no}。", "There is no pick list {pick_no}."),
    "inventory.pick_list_ended": (
        "领料单 {pick_no} 已出库或已作废。",
        "Pick list {pick_no} has been issued or voided already.",
    ),
    "inventory.missing_visit": ("备件部门没有上门 {visit_ref} 的记录。", "Inventory knows no visit {visit_ref}."),
    "inventory.nothing_to_return": (
        "上门 {visit_ref} 没有这么多 {typed} 可退。",
        "Visit {visit_ref} has not so much of {typed} to return.",
    ),
    "inventory.reason_needed": (
        "与领料单不一致:少 {missing} 件,多 {extra} 件。请说明原因,或继续扫码。",
        "It does not match the pick list: {missing} missing, {extra} extra. Give a reason, or go on scanning.",
    ),
    "inventory.unknown_code": (
        "{typed} 不是备件号,也不是序列号。",
        "{typed} is neither a part number nor a serial number.",
    ),
    "inventory.same_place": (
        "调出和调入不能是同一个存放处。",
        "The place to send from and the place to send to are the same.",
    ),
    "inventory.missing_transfer": ("没有调拨单 {transfer_no}。", "There is no transfer {transfer_no}."),
    "inventory.transfer_ended": (
        "调拨单 {transfer_no} 已经确认收货。",
        "Transfer {transfer_no} has been confirmed already.",
    ),
    "inventory.difference_needs_reason": (
        "少收 {missing} 件,请说明原因。",
        "{missing} fewer arrived than left; give a reason.",
    ),
    "inventory.ambiguous_serial": (
        "{typed} 对应多件,请扫序列号。",
        "Several pieces answer to {typed}; scan the serial number.",
    ),
}
