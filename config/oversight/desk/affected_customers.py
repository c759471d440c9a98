"""The customers concerned by proposals (所涉客户), masked, for lists and pages of proposals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, resolve, reverse

from accounts.operations.card_exceptions import KIND as CARD_EXCEPTION
from accounts.queries.opening import opening_facts
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.queries.transfer_sides import AccountSide, account_sides
from blacklist.queries.certificate_refs import certificate_refs
from config.frames.desk.labels import Change, summary
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.models import Approval
from config.oversight.queries.inbox import earlier_of_customer, earlier_of_maker

#: Fields of an outdated proposal with another customer, who now has the account or the identity.
_HOLDERS = ("registered_by", "identity_of")
#: Field of a proposal about two customers with the other one.
_OTHER = "other_id"
#: Fields with the ids of certificates, or with their number, which needs no look-up.
_PAPERS = ("case_certificates", "certificates")


def subjects_of(proposals: Iterable[Approval]) -> dict[UUID, SubjectLine]:
    """Return the customer of each proposal about one, by the proposal's id.

    Two queries, and one for each kind. Persons named by a certificate are known only from its text, so they are
    left out.
    """
    by_kind: defaultdict[str, dict[UUID, UUID]] = defaultdict(dict)
    for each in proposals:
        by_kind[each.kind][each.id] = each.object_id
    customers: dict[UUID, UUID] = {}
    for name in sorted(by_kind.keys() & approvals.bank_kinds().keys()):
        kind, objects = approvals.kinds()[name], by_kind[name]
        concerned = {row.pk: kind.concerns(row) for row in kind.rows().filter(pk__in=set(objects.values()))}
        for approval_id, object_id in objects.items():
            if customer_id := concerned.get(object_id, {}).get("customer_id"):
                customers[approval_id] = customer_id
    lines = subject_lines(set(customers.values())) if customers else {}
    return {approval_id: lines[each] for approval_id, each in customers.items() if each in lines}


def object_line(approval: Approval, subject: SubjectLine | None) -> str:
    """Return the object of a proposal in one line, with its customer unless the proposal names one itself."""
    kind = approvals.kinds().get(approval.kind)
    content = summary(approval)
    if subject is None or (kind and "name" in kind.summary_fields):
        return content
    return " · ".join(filter(None, (subject.name, content)))


def current_holders(changed: Mapping[str, Any]) -> list[SubjectLine]:
    """Return the customers who have obtained meanwhile what a proposal requested.

    :param changed: values that differ from what the checker was shown (`approvals.changed_since`).
    """
    ids = {UUID(changed[name]) for name in _HOLDERS if changed.get(name)}
    return list(subject_lines(ids).values()) if ids else []


def other_customer_of(approval: Approval, subject: SubjectLine | None) -> SubjectLine | None:
    """Return the other customer of a proposal about two; None for other proposals and for merged customers.

    :param subject: the first customer, from `concerned`.
    """
    other_id = approval.before.get(_OTHER)
    other = subject_lines([UUID(other_id)]).get(UUID(other_id)) if other_id else None
    return None if other and subject and other.customer_id == subject.customer_id else other


def account_of(approval: Approval) -> AccountSide | None:
    """Return the account of a proposal; None without one."""
    kind = approvals.kinds().get(approval.kind)
    row = kind.row_of(approval) if kind else None
    account_id = kind.concerns(row).get("account_id") if kind and row is not None else None
    return account_sides([account_id]).get(account_id) if account_id else None


def with_names(changes: Iterable[Change], *values: Mapping[str, Any]) -> list[Change]:
    """Return changes with names and numbers of other customers and certificates instead of their ids.

    :param values: the evidence of the changes.
    """
    customers = {UUID(each[name]) for each in values for name in _HOLDERS if each.get(name)}
    named = [found for each in values for name in _PAPERS if isinstance(found := each.get(name), list)]
    papers = {UUID(paper) for several in named for paper in several}
    words = {str(each.customer_id): each.name for each in subject_lines(customers).values()} if customers else {}
    words |= {str(key): f"{ref.authority} {ref.doc_no}" for key, ref in certificate_refs(papers).items()}

    def worded(text: str) -> str:
        for key, word in words.items():
            text = text.replace(key, word)
        return text

    return [replace(each, before=worded(each.before), after=worded(each.after)) for each in changes]


def debit_cards(approval: Approval, subject: SubjectLine | None, at: datetime) -> int | None:
    """Return a customer's number of counted cards for a request of a card beyond four; None otherwise."""
    if subject is None or approval.kind != CARD_EXCEPTION.name:
        return None
    facts = opening_facts(subject.customer_id, at)
    return facts.debit_cards if facts else None


def earlier_proposals(
    approval: Approval, subject: SubjectLine | None, caller: Caller, at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return earlier proposals about the customer and by the maker, for callers who may see others' proposals."""
    if not may(caller, Permission.VIEW_APPROVALS):
        return {}
    of_customer = earlier_of_customer(subject.customer_id, approval, caller) if subject else []
    of_maker = earlier_of_maker(approval, caller)
    subjects = subjects_of({each.pk: each for each in (*of_customer, *of_maker)}.values())
    # One person may have submitted several at the same instant; keep only those about this customer.
    customers = {key: line.customer_id for key, line in subjects.items()}
    of_customer = [each for each in of_customer if subject and customers.get(each.pk) == subject.customer_id]

    def lines(proposals: Iterable[Approval]) -> list[dict[str, Any]]:
        return [
            {
                "approval": each,
                "about": object_line(each, subjects.get(each.pk)),
                "status": approvals.status_at(each, at),
            }
            for each in proposals
        ]

    return {"customer": lines(of_customer), "maker": lines(of_maker)}


def record_address(approval: Approval, caller: Caller) -> str | None:
    """Return the address of the record of a proposal; None if the caller may not open it."""
    kind = approvals.kinds().get(approval.kind)
    row_id = kind.record.id_of(approval) if kind else None
    try:
        address = reverse(kind.record.page, args=[row_id]) if kind and row_id else None
    except NoReverseMatch:
        return None
    act = getattr(resolve(address).func, "desk_act", None) if address else None
    return address if act is None or may(caller, act) else None
