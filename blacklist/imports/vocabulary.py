"""Codes of list imports (名单导入): statuses, outcomes, decisions, rules."""

from config.kernel.law.text import Codes, Text


class ListStatus(Codes):
    """Status of a list import (名单导入状态).

    staging -> staged | refused; staged -> applying -> applied -> undoing -> undone. The proposal shows that it is
    pending; the clock shows that it is sealed.
    """

    STAGING = "staging", Text("读取中", "Being read")
    STAGED = "staged", Text("已校验，待提交", "Checked, to be submitted")
    PENDING = "pending", Text("待复核", "Pending approval")
    APPLYING = "applying", Text("复核通过，登记中", "Approved, being registered")
    APPLIED = "applied", Text("已登记生效", "Registered and in force")
    UNDOING = "undoing", Text("整批撤销中", "Being undone")
    UNDONE = "undone", Text("已整批撤销", "Undone")
    SEALED = "sealed", Text("已封存", "Sealed")
    REFUSED = "refused", Text("未导入", "Not imported")


class ListOutcome(Codes):
    """Outcome of a row of a list (行处理结果)."""

    NEW = "new", Text("新增，复核后生效", "New: in force once approved")
    REVIEW = "review", Text("新增，须人工审查", "New: manual review")
    KNOWN = "known", Text("原已登记", "Registered before")
    CHANGED = "changed", Text("内容不同，不导入", "Other content; not imported")
    REFUSED = "refused", Text("拒绝", "Refused")


class ListDecision(Codes):
    """Decisions about an import besides those about its proposals."""

    EXPORT_REFUSED = "list_refused_out", Text("导出名单不合格行", "Export of refused rows of a list")
    APPLIED = "list_applied", Text("名单登记完成", "List registered")
    UNDONE = "list_undone", Text("名单整批撤销完成", "List undone")


class Rule(Codes):
    """Rules that decisions about lists name."""

    REGISTER_LIST = "register_list", Text("名单导入条件", "Conditions of an import of a list")
    UNDO_LIST = "undo_list", Text("名单整批撤销条件", "Conditions of undoing a list")
