"""The phone's sentences, by code, in both languages (house §7)."""

WORDS: dict[str, tuple[str, str]] = {
    "document.dispatch.report": ("服务报告", "Service report"),
    "field.missing_visit": ("找不到这次上门。", "This visit is not to be found."),
    "field.action_reused": (
        "这个操作编号已用于别的内容,什么都没有改动。", "This action's id was used for something else; nothing was changed.",
    ),
    "field.reassigned": (
        "{visit_ref} 已改派给别人。您的操作已转给调度员处理,没有丢失。",
        "{visit_ref} was reassigned. Your action was handed to the dispatcher; it is not lost.",
    ),
    "field.too_late": ("{visit_ref} 已经过了这一步。", "{visit_ref} is past this step already."),
    "field.too_early": ("{visit_ref} 还没到这一步,请先完成前面的步骤。", "{visit_ref} is not there yet: finish the earlier steps first."),
    "field.reason_needed": ("没有取到位置。可以继续签到,请写明原因。", "No position was found. You may still check in: say why."),
    "field.site_far": (
        "离网点 {distance_m} 米,超过 {limit_m} 米。可以继续签到,请写明原因。",
        "{distance_m} m from the site, more than {limit_m} m. You may still check in: say why.",
    ),
    "field.no_van": ("您名下还没有随车库,请联系库管员。", "No van is in your name yet; please ask the storekeeper."),
    "field.not_a_signature": ("签名无法识别,请重写。", "The signature cannot be read; please sign again."),
    "field.signature_too_short": ("请客户签字。", "Please let the customer sign."),
}  # fmt: skip
