"""Names of the facts in the evidence of transfers (证据要素)."""

from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register
from transfers.models import Transfer
from transfers.operations.stock import SHEET
from transfers.vocabulary import (
    HELD_TRANSFERS,
    SHOWN_TYPES,
    IdentifiedBy,
    ReturnCause,
    SuspicionKind,
    SuspicionReason,
)

_COMMON = {
    **columns(Transfer, "accepted_at", "amount_fen", "arrival", "channel", "due_at", "settled_at", "same_holder"),
    **columns(Transfer, "attempts", "parked_reason", profile="rule_profile"),
    "applicant": Fact(Text("申请人证件或银行卡", "Applicant's document or card")),
    "is_case_account": Fact(Text("收款账户为已知的他行涉案账户", "Payee is a known case account at another bank")),
    "outcome_code": Fact(Text("未执行的原因", "Reason for not executing"), ReturnCause),
    "outside": Fact(Text("收款人在他行", "Payee at another bank")),
    "parked": Fact(Text("因入账失败搁置", "Set aside after failures")),
    "payee.account_id": Fact(Text("收款账户编号", "Payee's account id")),
    "side": Fact(Text("所指一方", "Side"), {"payee": Text("收款方", "Payee")}),
    "transfer_id": Fact(Text("转账编号", "Transfer id")),
    "suspicion_kind": Fact(Text("处置", "What was done"), SuspicionKind),
    "suspicion_reason": Fact(Text("可疑原因", "Reason for the suspicion"), SuspicionReason),
    "with_memo": Fact(Text("有附言", "With a memo")),
    "with_screen": Fact(Text("有屏幕提示记录", "With what the screen showed")),
}


def register_evidence() -> None:
    """Register the names of facts, decisions and rules of transfers with the kernel."""
    name_subjects({"transfers.refusals": Text("转账", "Transfers")})
    register(_COMMON)
    register(
        {
            **columns(Transfer, "status"),
            "applicant.type": Fact(Text("证件种类", "Document type"), dict(SHOWN_TYPES)),
            "applicant.identified_by": Fact(Text("身份核实方式", "Identified by"), IdentifiedBy),
        },
        decided("cancel_transfer"),
    )
    register(
        {
            SHEET.name: Fact(HELD_TRANSFERS),
            f"{SHEET.name}_fen": Fact(Text("在途转账合计（元）", "Held transfers (yuan)")),
        },
        decided("load_stock", "stock_import", "discard_stock") + proposed("stock_import"),
    )
    register(columns(Transfer, "status"), decided("ask_parked_return"))
