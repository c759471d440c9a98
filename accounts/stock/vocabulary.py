"""Vocabulary of the import of stock (存量导入)."""

from config.kernel.law.text import Codes, Text


class ImportStatus(Codes):
    """Status of an import of stock (存量导入状态)."""

    STAGING = "staging", Text("读取中", "Being read")
    STAGED = "staged", Text("已校验，待提交", "Checked, to be submitted")
    PENDING = "pending", Text("待复核", "Pending approval")
    APPLYING = "applying", Text("复核通过，入账中", "Approved, being applied")
    APPLIED = "applied", Text("已导入", "Imported")
    DISCARDED = "discarded", Text("已放弃", "Discarded")


class RowOutcome(Codes):
    """Outcome of a row of a stock (行处理结果)."""

    NEW = "new", Text("新增", "New")
    REVIEW = "review", Text("新增，需留意", "New, to be looked at")
    KNOWN = "known", Text("原已有", "Known before")
    REFUSED = "refused", Text("拒绝", "Refused")


class SheetName(Codes):
    """The sheets of a stock that accounts reads (存量表)."""

    CUSTOMERS = "customers", Text("客户", "Customers")
    DOCUMENTS = "documents", Text("其他证件", "Further documents")
    ACCOUNTS = "accounts", Text("账户", "Accounts")
    CARDS = "cards", Text("银行卡", "Cards")
    FREEZES = "freezes", Text("冻结", "Freezes")
