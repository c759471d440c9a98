"""Names of the fields in the evidence of counter cash (证据要素)."""

from accounts.till.models import CashBox, CashCount, CounterCash
from accounts.till.vocabulary import MovementKind
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register

#: Fields of cash at the counter: boxes, large amounts, reversals.
_CASH = {
    **columns(CashBox, "opening_fen", "alone_fen", "day"),
    **columns(CashCount, "book_fen", "counted_fen"),
    **columns(CounterCash, "amount_fen"),
    "difference_fen": Fact(Text("长短款（元）", "Difference (yuan)")),
    "entry_kind": Fact(Text("业务", "Business"), MovementKind),
    "teller": Fact(Text("经办柜员", "Teller")),
    "box_id": Fact(Text("尾箱编号", "Box id")),
    "movement_id": Fact(Text("原业务流水号", "Reference of what is reversed")),
    "posted_at": Fact(Text("原入账时间", "Posted")),
    "balance_after": Fact(Text("办理后余额（元）", "Balance after (yuan)")),
}


def register_evidence() -> None:
    """Register the words of the fields, in the scope of cash."""
    name_subjects({"accounts.till.refusals": Text("柜面现金", "Cash at the counter")})
    cash = ("counter_cash", "cash_reversal", "cash_count")
    register(_CASH, (*proposed(*cash), *decided(*cash, *(f"ask_{each}" for each in cash), "open_cash_box")))
