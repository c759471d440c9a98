"""Names of the fields in the evidence of customers, accounts and cards (证据要素)."""

from dataclasses import replace
from itertools import chain
from typing import Any

from accounts.models import (
    Account,
    AccountTelling,
    Card,
    CloseOut,
    Customer,
    CustomerParticulars,
    Document,
    DocumentRenewal,
    ExternalAccount,
    Freeze,
    IdentityCheck,
    ImpostorDeclaration,
    LossReport,
    NameChange,
    SamePerson,
    SetAsidePayment,
)
from accounts.policy.cards import CardAct
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AccountStatus,
    AgeClass,
    CardObstacle,
    CardStatus,
    CashLimit,
    ClosedReason,
    CloseOutObstacle,
    CustomerStatus,
    DocumentUse,
    FreezeStatus,
    HouseRule,
    MatchReason,
    RequestStatus,
    ReviewCause,
    account_text,
)
from accounts.vocabulary.conflicts import ConflictEnd
from accounts.vocabulary.limits import CleanupLimit
from accounts.vocabulary.losses import LossKind
from blacklist.regimes import BasisWords
from blacklist.vocabulary import CertificatePart, Direction, RestrictionCause, RestrictionKind
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.models import Decision, column_word
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register
from config.kernel.wings import of_wings

#: Names of the numbers of accounts by kind and class, as `Opening.record` counts them.
_ACCOUNTS = {
    f"{kind.value}_{account_class.value}": account_text(kind, account_class)
    for kind in AccountKind
    for account_class in AccountClass
}
_COUNTED = {name: Fact(text) for name, text in _ACCOUNTS.items()}
_FROZEN = Text("冻结", "Frozen")
_RESTRICTION = Fact(Text("限制措施", "Restriction"), RestrictionKind)
_CAUSE = Fact(Text("限制原因", "Cause"), RestrictionCause)
_DIRECTION = Fact(Text("限制方向", "Direction"), Direction)
_EXEMPT = Fact(Text("例外", "Except"), {"balance": Text("余额转出", "Balance moved out")})
_ONLY = Fact(Text("限于", "Only"), {"payment": AccountKind.PAYMENT.label})
#: What a customer may state: the columns of the table, the phone number, and the owners of an organization.
_STATEMENTS: dict[str, Any] = {
    **{
        field.name: field.verbose_name
        for field in CustomerParticulars._meta.local_concrete_fields
        if not field.is_relation
    },
    "phone": column_word(Customer, "phone"),
    "owners": Text("受益所有人", "Beneficial owners"),
}


def _side(side: str, zh: str, en: str) -> dict[str, Fact]:
    """Return the names of the fields that a decision keeps of one side of a movement of money (`AccountStanding.record`)."""
    facts = {
        "kind": Fact(Text(f"{zh}账户种类", f"{en} kind of account"), AccountKind),
        "account_class": Fact(Text(f"{zh}账户类别", f"{en} account class"), AccountClass),
        "status": Fact(Text(f"{zh}账户状态", f"{en} account status"), AccountStatus),
        "frozen": Fact(Text(f"{zh}账户冻结", f"{en} account frozen")),
        "restrictions": Fact(Text(f"{zh}账户限制", f"{en} restrictions"), RestrictionKind),
        "card_status": Fact(Text(f"{zh}卡状态", f"{en} card status"), CardStatus),
        "balance_fen": Fact(Text(f"{zh}余额（元）", f"{en} balance (yuan)")),
        "held_fen": Fact(Text(f"{zh}预留金额（元）", f"{en} held amount (yuan)")),
    }
    return {f"{side}.{name}": fact for name, fact in facts.items()}


_COMMON = {
    **_side("payer", "付款方", "Payer's"),
    **_side("payee", "收款方", "Payee's"),
    **columns(Account, "account_number", "account_class", "balance_fen", "held_fen"),
    **columns(Account, balance="balance_fen", held="held_fen"),
    **columns(Account, **{"class": "account_class"}),
    **columns(Document, "type", "country", "valid_until", "number", document_type="type"),
    **columns(IdentityCheck, "method", "result", check_result="result"),
    **columns(Customer, "name", "merged_into", "reverified_at", holder_kind="kind"),
    **columns(NameChange, "old_name", new_name="name"),
    **columns(SamePerson, "decision"),
    **columns(DocumentRenewal, "old_valid_until"),
    **columns(LossReport, "identified"),
    **columns(Freeze, "until"),
    **columns(Decision, "account_id", "customer_id"),
    **columns(ExternalAccount, "bank_code", "evidence"),
    **columns(Card, "product", "proof", "agent_relation"),
    **_COUNTED,
    "limit_kind": Fact(Text("限额", "Limit"), CleanupLimit),
    "account_status": Fact(Text("账户状态", "Account status"), AccountStatus),
    "account_day_fen": Fact(Text("账户当日自助取款（元）", "Withdrawn at machines that day (yuan)")),
    "account_limit_fen": Fact(Text("账户自助取款每日上限（元）", "Daily maximum of the account (yuan)")),
    "act": Fact(Text("操作", "Act"), CardAct),
    "also": Fact(Text("另有限制", "Other restrictions")),
    "also.code": Fact(Text("限制措施", "Restriction"), dict([*RestrictionKind.choices, ("ACCOUNT_FROZEN", _FROZEN)])),
    "also.cause": Fact(Text("限制原因", "Cause"), dict([*RestrictionCause.choices, ("freeze", _FROZEN)])),
    "also.direction": _DIRECTION,
    "also.exempt": _EXEMPT,
    "also.legal_basis": Fact(CertificatePart.LEGAL_BASIS.label, BasisWords),
    "also.only": _ONLY,
    "counted_from": Fact(Text("期限起算", "Term counted from"), {"sentence": Text("刑罚", "Sentence")}),
    "direction": _DIRECTION,
    "exempt": _EXEMPT,
    "only": _ONLY,
    "since": Fact(Text("起始时间", "Since")),
    "age_class": Fact(Text("年龄段", "Age class"), AgeClass),
    "agent_cards": Fact(Text("代理人已代领借记卡张数", "Debit cards taken by the agent")),
    "available_fen": Fact(Text("可用余额（元）", "Available balance (yuan)")),
    "card_status": Fact(Text("卡状态", "Card status"), CardStatus),
    "case_certificates": Fact(Text("涉案认定书", "Certificates of case accounts")),
    "cause": Fact(
        Text("限制原因", "Cause"),
        dict(
            [
                *RestrictionCause.choices,
                *CloseOutObstacle.choices,
                # Version 1.0 refused with it, so records have it.
                ("by_transfer", Text("余额可在柜面直接转出", "Balance can be transferred at the counter")),
                *CashLimit.choices,
                *ReviewCause.choices,
                *CardObstacle.choices,
                *HouseRule.choices,
                *DocumentUse.choices,
                *ClosedReason.choices,
                *chain.from_iterable(
                    each.choices for each in chain.from_iterable(of_wings("accounts", "causes", "CAUSES"))
                ),
            ]
        ),
    ),
    "conflict_id": Fact(Text("待核查编号", "Conflict id")),
    "beside_accounts": Fact(
        Text("可能为同一人的客户已有账户", "Open accounts of customers who may be the same person")
    ),
    "beside_cards": Fact(Text("可能为同一人的客户借记卡张数", "Debit cards of customers who may be the same person")),
    "count": Fact(Text("数量", "Count")),
    "customer_ids": Fact(Text("可能为同一人的客户", "Customers who may be the same person")),
    "customer_status": Fact(Text("客户状态", "Customer status"), CustomerStatus),
    "debit_cards": Fact(Text("借记卡张数", "Debit cards")),
    "document": Fact(Text("证件", "Document")),
    "document_status": Fact(Text("证件状态", "Document status"), RequestStatus),
    "document_id": Fact(Text("证件编号", "Document id")),
    "ends": Fact(Text("通过后解除", "Ended by the approval")),
    "expired_on": Fact(Text("证件最后有效日", "Last day that a document was valid")),
    "external_account_id": Fact(Text("本人他行账户编号", "Id of the own account at another bank")),
    "freeze_status": Fact(Text("冻结状态", "Freeze status"), FreezeStatus),
    "goes_on": Fact(Text("不随之解除", "Goes on all the same")),
    "identity_of": Fact(Text("该身份现属客户", "Identity belongs to customer")),
    "told": Fact(Text("登记项目", "Recorded items"), _STATEMENTS),
    **columns(AccountTelling, "unit_kind", "purpose", "was_unit_kind", "was_purpose"),
    "loss_kind": Fact(Text("挂失种类", "Kind of loss report"), LossKind),
    "in_box": Fact(Text("尾箱现金（元）", "Cash in the box (yuan)")),
    "in_review": Fact(Text("身份待核实", "Under identity review")),
    "limit": Fact(Text("上限", "Limit")),
    "live_cards": Fact(Text("有效卡张数", "Live cards")),
    "machine_day_fen": Fact(Text("本机当日取款（元）", "Paid out by the machine that day (yuan)")),
    "machine_limit_fen": Fact(Text("本机每日上限（元）", "Daily maximum of the machine (yuan)")),
    "open_accounts": Fact(Text("已有账户", "Open accounts")),
    "other_id": Fact(Text("另一客户编号", "Id of the other customer")),
    "other_name": Fact(Text("另一客户姓名", "Name of the other customer")),
    "possible_same": Fact(Text("可能为同一人的客户", "Customers who may be the same person")),
    "reasons": Fact(Text("可能为同一人的依据", "What speaks for one person"), MatchReason),
    "registered_by": Fact(Text("已登记于客户", "Registered by customer")),
    "registration": Fact(Text("登记状态", "Registration"), RequestStatus),
    "same_name": Fact(Text("姓名一致", "Names agree")),
    "restricted_by": Fact(Text("账户限制", "Restrictions")),
    "to_account_id": Fact(Text("转入账户编号", "Receiving account's id")),
    "to_account_number": Fact(Text("转入账户", "Receiving account")),
    "to_account_status": Fact(Text("转入账户状态", "Receiving account's status"), AccountStatus),
    "to_restricted_by": Fact(Text("转入账户限制", "Receiving account's restrictions")),
    **{f"{name}.code": _RESTRICTION for name in ("restricted_by", "to_restricted_by")},
    **{f"{name}.cause": _CAUSE for name in ("restricted_by", "to_restricted_by")},
    "withdrawn": Fact(Text("当日已取款（元）", "Withdrawn that day (yuan)")),
}


def _of_merged(text: Text) -> Fact:
    """Return the name of a field of the merged customer."""
    return Fact(Text(f"并入的客户{text.zh}", f"Merged customer's {text.en}"))


#: Names of the facts of a merge: of the surviving customer, and of the other one.
_MERGED = {
    "customer_status": Fact(Text("身份状态", "Identity status"), CustomerStatus),
    "documents": Fact(Text("证件", "Documents")),
    "certificates": Fact(Text("涉及的认定书", "Certificates")),
    "excess_accounts": Fact(Text("合并后超限的账户", "Accounts beyond a limit")),
    "excess_cards": Fact(Text("合并后超限的银行卡", "Cards beyond the limit")),
    "other_id": Fact(Text("并入的客户编号", "Merged customer's id")),
    "other_name": Fact(Text("并入的客户姓名", "Merged customer's name")),
    "other_status": Fact(Text("并入的客户身份状态", "Merged customer's identity status"), CustomerStatus),
    "other_documents": Fact(Text("并入的客户证件", "Merged customer's documents")),
    "other_open_accounts": Fact(Text("并入的客户账户", "Merged customer's open accounts")),
    **{f"other_open_accounts.{name}": _of_merged(text) for name, text in _ACCOUNTS.items()},
    "other_debit_cards": Fact(Text("并入的客户借记卡张数", "Merged customer's debit cards")),
    "other_reverified_at": Fact(Text("并入的客户上次重新核实", "Merged customer last re-verified")),
}


def register_evidence() -> None:
    """Register the words of the fields, and their codes in a scope where a name has another meaning elsewhere."""
    name_subjects(
        {
            "accounts.refusals.opening": Text("账户和银行卡", "Accounts and cards"),
            "accounts.refusals.money": Text("资金收付", "Payments"),
            "accounts.refusals.close_outs": Text("停止业务的支付账户", "Stopped payment accounts"),
            "accounts.refusals.identity": Text("客户身份", "Identity of customers"),
        }
    )
    register(_COMMON)
    register({"end": Fact(Text("核查结论", "Finding"), ConflictEnd)}, decided("end_conflict"))
    register(columns(Account, "kind", "status"), decided("close_account", "upgrade_account", "downgrade_account"))
    register({"to": Fact(Text("变更为", "Change to"), AccountClass)}, decided("upgrade_account", "downgrade_account"))
    register(columns(Account, "kind"), decided("open_account", "issue_card", "ask_card_exception", "card_exception"))
    register({"to": Fact(Text("恢复为", "Is again"), CardStatus)}, decided("find_card"))
    register({"cards": Fact(Text("有效卡张数", "Live cards"))}, decided("upgrade_account", "downgrade_account"))
    register({**columns(Account, "status"), **columns(Freeze, "authority", "order_no")}, decided("place_freeze"))
    register(
        {
            "restrictions": Fact(Text("账户限制", "Restrictions"), RestrictionKind),
            "legal_basis": Fact(CertificatePart.LEGAL_BASIS.label, BasisWords),
        },
        decided("payment_close_out"),
    )
    register(
        {**columns(CloseOut, "amount_fen"), "frozen": Fact(Text("账户冻结", "Account frozen"))},
        proposed("payment_close_out"),
    )
    register(
        {
            "restrictions": Fact(Text("账户限制", "Restrictions"), RestrictionKind),
            "of_holder": Fact(Text("证件为开户人本人的", "The holder's document")),
            "frozen": Fact(Text("账户冻结", "Account frozen")),
            **columns(ImpostorDeclaration, "amount_fen"),
        },
        decided("impostor_declaration"),
    )
    register(
        {
            **columns(ImpostorDeclaration, "amount_fen", "statement"),
            "closed_reason": Fact(Text("销户原因", "Reason of closing"), ClosedReason),
            "frozen": Fact(Text("账户冻结", "Account frozen")),
        },
        proposed("impostor_declaration"),
    )
    aside = {
        **columns(SetAsidePayment, "amount_fen", "authority", "order_no", "to_name"),
        "left_fen": Fact(Text("待处理款项余额（元）", "Still set aside (yuan)")),
    }
    register(aside, decided("set_aside_payment"))
    register(aside, proposed("set_aside_payment"))
    register(columns(Customer, "kind"), decided("register_customer"))
    register(columns(Customer, "status"), decided("reverification"))
    register(
        {"excess": Fact(Text("作为已说明的超限户", "As explained excess"))},
        decided("upgrade_account", "downgrade_account"),
    )
    register(_MERGED, decided("customer_merge", "ask_merge"))
    register({**_MERGED, **columns(SamePerson, "evidence")}, proposed("customer_merge"))
    register({"name": replace(_COMMON["name"], anew=True)}, proposed("name_change"))
    register(
        {
            **columns(Freeze, "authority", "order_no"),
            "status": Fact(Text("状态", "Status"), FreezeStatus),
            "lift_order_no": Fact(Text("解除冻结文号", "Lift order number")),
        },
        proposed("freeze_lift"),
    )
