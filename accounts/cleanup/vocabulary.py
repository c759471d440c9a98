"""Vocabulary of the clean-up of stock (存量清理)."""

from config.kernel.law.text import Codes, Text


class CleanupWay(Codes):
    """An action that the law offers for an account or card in excess (清理方式)."""

    EXPLAIN = "explain", Text("说明原因并保留", "Explanation, kept")
    MERGE = "merge", Text("归并账户", "Merge into another account")
    DOWNGRADE = "downgrade", Text("降低账户类别", "Downgrade")
    CANCEL = "cancel", Text("销户、销卡", "Closure or cancellation")
    STOP = "stop", Text("非本人意愿，中止服务", "Stop: not the customer's will")
    KEEP = "keep", Text("客户确认保留的Ⅲ类支付账户", "Class III payment account the customer keeps")
    UNDO = "undo", Text("撤销清理", "Undo")


class CleanupSettled(Codes):
    """What settled an item: one of the actions, or a closure or cancellation outside the campaign (清理结果)."""

    EXPLAIN = CleanupWay.EXPLAIN.value, CleanupWay.EXPLAIN.label
    MERGE = CleanupWay.MERGE.value, CleanupWay.MERGE.label
    DOWNGRADE = CleanupWay.DOWNGRADE.value, CleanupWay.DOWNGRADE.label
    CANCEL = CleanupWay.CANCEL.value, CleanupWay.CANCEL.label
    STOP = CleanupWay.STOP.value, CleanupWay.STOP.label
    KEEP = CleanupWay.KEEP.value, CleanupWay.KEEP.label
    ELSEWHERE = "elsewhere", Text("活动之外办理", "Outside of the campaign")


class CaseState(Codes):
    """State of a clean-up case (案件状态)."""

    OPEN = "open", Text("清理中", "In progress")
    SETTLED = "settled", Text("已清理", "Settled")


class ReturnForm(Codes):
    """File format of a return (报表格式)."""

    XLSX = "xlsx", Text("Excel工作簿", "Excel workbook")
    PDF = "pdf", Text("PDF文件", "PDF")


class CardsOfMerge(Codes):
    """What happens to the cards of an account that is merged into another (归并账户的银行卡)."""

    MOVE = "move", Text("改挂至归并后的账户", "Bound to the other account")
    CANCEL = "cancel", Text("销卡", "Cancelled")


class ContactKind(Codes):
    """How the bank contacted a customer (联系方式)."""

    NOTE = "note", Text("备注", "Note")
    PHONE = "phone", Text("电话", "Phone")
    LETTER = "letter", Text("信函", "Letter")
    MESSAGE = "message", Text("短信", "Text message")
    VISIT = "visit", Text("面谈", "In person")


class ContactResult(Codes):
    """Result of a contact (联系结果)."""

    NONE = "none", Text("不适用", "Does not apply")
    REACHED = "reached", Text("已联系到客户", "Reached")
    NOT_REACHED = "not_reached", Text("未联系到客户", "Not reached")
    WILL_COME = "will_come", Text("客户将到柜面办理", "Will come to the counter")
    REFUSED = "refused", Text("客户不予配合", "Does not cooperate")
