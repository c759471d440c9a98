"""Vocabulary of letters to customers (信函)."""

from config.kernel.law.text import Codes, Text


class LetterKind(Codes):
    """Kind of a letter (信函种类)."""

    PENALTY = "penalty", Text("惩戒措施告知书", "Notice of penalty measures")
    SUSPENSION = "suspension", Text("暂停业务告知书", "Notice of suspended business")
    CASE_ACCOUNT = "case_account", Text("涉案账户中止业务告知书", "Notice of a stopped case account")
    REFUSAL = "refusal", Text("业务不予办理告知书", "Notice of refusal")
    LIFT = "lift", Text("解除限制通知书", "Notice of release")
    END = "end", Text("限制期满通知书", "Notice of the end of a term")

    @property
    def short(self) -> str:
        """Return the prefix of its numbers (字号)."""
        return _SHORT[self]


_SHORT = {
    LetterKind.PENALTY: "惩告",
    LetterKind.SUSPENSION: "停告",
    LetterKind.CASE_ACCOUNT: "案告",
    LetterKind.REFUSAL: "拒告",
    LetterKind.LIFT: "解告",
    LetterKind.END: "满告",
}
#: Kinds that announce the beginning of a restriction. A release or an end is announced only after one of these.
BEGINNING = (LetterKind.PENALTY, LetterKind.SUSPENSION, LetterKind.CASE_ACCOUNT)


class LetterForm(Codes):
    """Form in which a letter was handed out (打印方式)."""

    HTML = "html", Text("打印页", "Printed page")
    PDF = "pdf", Text("PDF文件", "PDF")


class DeliveryWay(Codes):
    """How a letter reached the customer, or did not (送达方式)."""

    COUNTER = "counter", Text("柜面当面交付", "Handed over at the counter")
    POST = "post", Text("邮寄", "By post")
    REFUSED = "refused", Text("当面交付，客户拒收", "Offered in person and refused")
    RETURNED = "returned", Text("邮件退件", "Returned by post")
