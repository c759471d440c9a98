"""Lines of the audit trail in words: the page, the reason of a refusal, and the masked customer or object.

Everything that a page of lines names is read for the page as a whole, so a longer page costs no more queries.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import NoReverseMatch, resolve, reverse

from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.queries.transfer_sides import AccountSide, account_sides
from blacklist.queries.certificates import document_numbers
from config.frames.desk.labels import kind_word
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import may
from config.kernel.database.ids import reference_text
from config.kernel.law.refusals import RequestError, refusal_title
from config.kernel.law.text import Text, reading_order, text
from config.kernel.models import Approval, Principal, TrailRecord
from config.oversight.desk.page_names import name_of_route, page_name
from transfers.queries.transfers import known_transfers

#: Names of codes in refused lines that are not codes of refusals.
CODES = {
    "KEY_MISSING": Text("未出示接口密钥", "Key missing"),
    "UNAUTHENTICATED": Text("接口密钥无效", "Key not valid"),
    "SECOND_FACTOR_WRONG": Text("动态口令错误", "Wrong one-time code"),
    "SIGN_IN_REFUSED": Text("用户名或密码不正确", "Wrong user name or password"),
    "LOCKED_OUT": Text("签到已锁定", "Sign-in is locked"),
    "TOO_MANY_ATTEMPTS": Text("尝试次数过多", "Too many attempts"),
    "DIRECTORY_AWAY": Text("统一身份系统不可用", "Directory not available"),
    "DIRECTORY_REFUSED": Text("统一身份系统拒绝", "Refused by the directory"),
    "NOT_ENTERED": Text("本行未登记该人员", "Person not registered at the bank"),
}
_CONTROL = Text("访问控制", "Access control")
#: Names of objects by the parameters of addresses that have their ids.
_OBJECTS = {
    "account": Text("账户", "Account"),
    "action": Text("清理措施", "Clean-up action"),
    "administration": Text("管理事项", "Administrative act"),
    "appeal": Text("申诉", "Appeal"),
    "approval": Text("复核事项", "Approval"),
    "attachment": Text("附件", "Attachment"),
    "box": Text("尾箱", "Cash box"),
    "campaign": Text("存量清理活动", "Clean-up campaign"),
    "card": Text("银行卡", "Card"),
    "case": Text("清理案件", "Clean-up case"),
    "certificate": Text("认定书", "Certificate"),
    "close_out": Text("余额转出", "Balance moved out"),
    "conflict": Text("身份冲突", "Identity conflict"),
    "customer": Text("客户", "Customer"),
    "decision": Text("判定记录", "Decision"),
    "document": Text("证件", "Document"),
    "freeze": Text("冻结", "Freeze"),
    "letter": Text("信函", "Letter"),
    "merge": Text("客户合并", "Merge of customers"),
    "record": Text("现金业务", "Cash transaction"),
    "report": Text("挂失", "Report of a lost card"),
    "run": Text("账实核对", "Proof of the books"),
    "scan": Text("附件", "Attachment"),
    "transfer": Text("转账", "Transfer"),
}
_IDS = re.compile(r"<\w+:(\w+)_id>")
_SHOWN_DIGITS = 8


@dataclass(frozen=True, slots=True)
class NamedObject:
    """A customer, an account or another object of a line.

    :ivar address: its page; empty if it has none that the id alone opens.
    :ivar id: its whole id.
    """

    text: str
    id: UUID
    address: str = ""


@dataclass(frozen=True, slots=True)
class TrailLine:
    """A line of the trail as the page shows it.

    :ivar page: the name of the page; the address if the page has none.
    :ivar code: the short name of a refusal.
    """

    row: TrailRecord
    page: str
    code: str
    about: tuple[NamedObject, ...]


@dataclass(frozen=True, slots=True)
class _KnownObjects:
    """Objects with the ids on one page of lines, by kind."""

    customers: Mapping[UUID, SubjectLine]
    accounts: Mapping[UUID, AccountSide]
    transfers: set[UUID]
    certificates: Mapping[UUID, str]
    approvals: Mapping[UUID, str]
    people: Mapping[UUID, str]

    @classmethod
    def of(cls, rows: Iterable[TrailRecord]) -> "_KnownObjects":
        """Read the objects of some lines, with one query for each kind."""
        lines = list(rows)
        objects = {row.object_id for row in lines if row.object_id}
        return cls(
            customers=subject_lines(objects | {row.customer_id for row in lines if row.customer_id}),
            accounts=account_sides(objects | {row.account_id for row in lines if row.account_id}),
            transfers=known_transfers(objects),
            certificates=document_numbers(objects),
            approvals=dict(Approval.objects.filter(pk__in=objects).values_list("pk", "kind")),
            people=dict(Principal.objects.filter(pk__in=objects).values_list("pk", "name")),
        )


def lines_in_words(rows: Iterable[TrailRecord], caller: Caller) -> list[TrailLine]:
    """Return lines of the trail with names instead of addresses, codes and ids.

    :param caller: the reader, who gets links to permitted pages only.
    """
    lines = list(rows)
    known = _KnownObjects.of(lines)
    return [
        TrailLine(row, page_name(row.place) or row.place, code_name(row.code), tuple(_about(row, known, caller)))
        for row in lines
    ]


def code_name(code: str) -> str:
    """Return the short name of the code of a refused line, in the reader's language."""
    return str(CODES[code]) if code in CODES else refusal_title(code)


def offered_codes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the codes that a filter offers: those of access control, sorted in the reader's language."""
    codes = {*CODES, *RequestError.catalogue, "NOT_FOUND", "ENROLMENT_REFUSED"}
    named = sorted(((code, code_name(code)) for code in codes), key=lambda each: reading_order(each[1]))
    return [(str(_CONTROL), named)]


def _about(row: TrailRecord, known: _KnownObjects, caller: Caller) -> Iterator[NamedObject]:
    """Yield what a line is about: customer, account, other object."""
    for row_id in (row.customer_id, row.account_id, row.object_id):
        if row_id is not None:
            yield _known_object(row_id, known) or _by_address(row, row_id, caller)


def _known_object(row_id: UUID, known: _KnownObjects) -> NamedObject | None:
    """Return the masked name of an object and its page, None if nothing of the name is known."""
    if row_id in known.customers:
        return NamedObject(known.customers[row_id].name, row_id, reverse("desk:customer", args=[row_id]))
    if row_id in known.accounts:
        account = known.accounts[row_id]
        words = f"{account.masked_name} {account.masked_number}"
        return NamedObject(words, row_id, reverse("desk:account", args=[row_id]))
    if row_id in known.transfers:
        words = f"{_OBJECTS['transfer']} {reference_text(row_id)}"
        return NamedObject(words, row_id, reverse("desk:transfer", args=[row_id]))
    if row_id in known.certificates:
        words = f"{_OBJECTS['certificate']} {known.certificates[row_id]}"
        return NamedObject(words, row_id, reverse("desk:certificate", args=[row_id]))
    if row_id in known.approvals:
        words = f"{_OBJECTS['approval']} {kind_word(known.approvals[row_id])}"
        return NamedObject(words, row_id, reverse("desk:approval", args=[row_id]))
    if row_id in known.people:
        return NamedObject(text("人员 ", "Person ") + known.people[row_id], row_id)
    return None


def _by_address(row: TrailRecord, row_id: UUID, caller: Caller) -> NamedObject:
    """Return an object by what the address of the page calls it, with the first digits of its id."""
    method, _, route = row.place.partition(" ")
    names = _IDS.findall(route)
    owner = {row.customer_id: "customer", row.account_id: "account"}.get(row_id)
    last = owner or next((name for name in reversed(names) if name not in ("customer", "account")), "")
    word = str(_OBJECTS.get(last) or text("对象", "Object"))
    address = _page_of(route, row_id, caller) if method == "GET" and len(names) == 1 and not owner else ""
    return NamedObject(f"{word} {str(row_id)[:_SHOWN_DIGITS]}", row_id, address)


def _page_of(route: str, row_id: UUID, caller: Caller) -> str:
    """Return the address of a whole page of the desk that takes one id; empty if none is there for the caller."""
    try:
        address = reverse(f"desk:{name_of_route(route)}", args=[row_id])
    except NoReverseMatch:
        return ""
    page = resolve(address).func
    act = getattr(page, "desk_act", None)
    return "" if getattr(page, "desk_part", False) or (act and not may(caller, act)) else address
