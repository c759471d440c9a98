"""The people whom acts on customers and accounts name, for the bank's screening system (特别预防措施核查).

They are read before the transaction of the act, which compares the names again under its locks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from uuid import UUID

from accounts.models import Account, BeneficialOwner, Card, Document
from accounts.operations.counter_opening import CounterOpening
from accounts.operations.customers import NewCustomer
from accounts.operations.holders import Agent
from accounts.operations.identity_documents import check_kind
from accounts.operations.particulars import OrganizationParticulars, Owner, StatedParticulars
from accounts.queries.customers import customer_with_identity, find_customer, representative_of
from accounts.queries.documents import with_last_numbers
from accounts.queries.particulars import particulars_of
from accounts.vocabulary import CustomerKind, DecisionKind, RequestStatus
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Codes
from config.kernel.requests.documents import read_document
from config.kernel.requests.special_measures import Named, PartInAct, ScreenedAct
from config.kernel.vault.sealed import identity_key

_PERSON = CustomerKind.INDIVIDUAL.value


def registration(new: NewCustomer, stated: StatedParticulars | None = None) -> ScreenedAct:
    """Return the act of registering a customer, with its representative and the beneficial owners it states."""
    return ScreenedAct(DecisionKind.REGISTER_CUSTOMER, (*new_customer(new), *owners(stated)))


def opening(customer_id: UUID, agent: Agent | None = None) -> ScreenedAct:
    """Return the act of opening an account for a customer."""
    return ScreenedAct(DecisionKind.OPEN_ACCOUNT, (*customer(customer_id), *agents(agent)))


def counter_opening(asked: CounterOpening) -> ScreenedAct:
    """Return the act of an opening at the counter, which may register the customer.

    :raises BadRequest: what the document cannot be.
    """
    holder = asked.holder
    entered: Iterable[Named] = new_customer(holder) if isinstance(holder, NewCustomer) else ()
    customer_id = _found_by_document(holder) if isinstance(holder, NewCustomer) else holder.customer_id
    on_record = customer(customer_id) if customer_id else ()
    people = (*entered, *on_record, *owners(asked.particulars), *agents(asked.agent))
    return ScreenedAct(DecisionKind.OPEN_ACCOUNT, people)


def _found_by_document(new: NewCustomer) -> UUID | None:
    document = read_document(new.document, on=shanghai_day(bank_now()))
    return customer_with_identity(identity_key(document.identity))


def statements(customer_id: UUID, stated: StatedParticulars) -> ScreenedAct:
    """Return the act of recording the statements of a customer, with the beneficial owners it states."""
    return ScreenedAct(DecisionKind.TELL_PARTICULARS, (*customer(customer_id), *owners(stated)))


def name_change(customer_id: UUID, name: str) -> ScreenedAct:
    """Return the act of proposing another name of a customer."""
    on_record = tuple(customer(customer_id))
    holder = [replace(each, name=name) for each in on_record if each.part is PartInAct.HOLDER]
    return ScreenedAct("name_change", (*holder, *on_record))


def external_account(customer_id: UUID) -> ScreenedAct:
    """Return the act of proposing an account at another bank as a customer's own."""
    return ScreenedAct("external_account", tuple(customer(customer_id)))


def close_out(account_id: UUID) -> ScreenedAct:
    """Return the act of paying out the balance of an account, which its holder receives."""
    holders = Account.objects.filter(pk=account_id).values_list("customer_id", flat=True)
    return ScreenedAct("payment_close_out", tuple(person for each in holders for person in customer(each)))


def card(kind: Codes, account_id: UUID, agent: Agent | None = None) -> ScreenedAct:
    """Return an act that issues a card on an account, or asks for one."""
    holders = Account.objects.filter(pk=account_id).values_list("customer_id", flat=True)
    return ScreenedAct(kind, (*(person for each in holders for person in customer(each)), *agents(agent)))


def replacement(card_id: UUID) -> ScreenedAct:
    """Return the act of replacing a card."""
    holders = Card.objects.filter(pk=card_id).values_list("customer_id", flat=True)
    return ScreenedAct(DecisionKind.REPLACE_CARD, tuple(person for each in holders for person in customer(each)))


def customer(customer_id: UUID) -> Iterator[Named]:
    """Yield a customer on record, for an organization also its representative and beneficial owners; none if unknown."""
    found = find_customer(customer_id)
    if found is None:
        return
    documents = Document.objects.filter(customer=found, status=RequestStatus.IN_FORCE).order_by("-is_primary", "id")
    first = next(iter(with_last_numbers(documents[:1])), None)
    yield Named(
        found.name,
        PartInAct.HOLDER,
        found.kind,
        first.type if first else None,
        first.shown_last.number if first else None,
        found.pk,
    )
    if found.kind != CustomerKind.ORGANIZATION:
        return
    if (last := representative_of(found.pk)) is not None:
        yield Named(last.name, PartInAct.REPRESENTATIVE, _PERSON, last.type, last.number)
    stated = particulars_of(found.pk)
    for owner in BeneficialOwner.objects.filter(particulars=stated).order_by("id") if stated else ():
        yield Named(owner.name, PartInAct.OWNER, _PERSON, owner.type, owner.number)


def new_customer(new: NewCustomer) -> Iterator[Named]:
    """Yield a customer as entered, with the representative of an organization.

    :raises BadRequest: what the document cannot be, before anybody is asked about.
    """
    document = read_document(new.document, on=shanghai_day(bank_now()))
    check_kind(document, new.kind)
    yield Named(new.name, PartInAct.HOLDER, new.kind.value, document.type.value, document.number)
    if (entered := new.representative) is not None:
        shown = entered.document
        yield Named(entered.name, PartInAct.REPRESENTATIVE, _PERSON, shown.type.value, shown.number)


def agents(agent: Agent | None) -> Iterator[Named]:
    """Yield the agent who acts for a customer, if there is one."""
    if agent is not None:
        yield Named(agent.name, PartInAct.AGENT, _PERSON, agent.document.type.value, agent.document.number)


def owners(stated: StatedParticulars | None) -> Iterator[Named]:
    """Yield the beneficial owners in the statements of an organization."""
    entered: Iterable[Owner] = stated.owners if isinstance(stated, OrganizationParticulars) else ()
    for each in entered:
        yield Named(each.name, PartInAct.OWNER, _PERSON, each.document.type.value, each.document.number)
