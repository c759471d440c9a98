"""Open an account at the counter (柜面开户): register or find the customer, open, issue the card."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from accounts.models import Card
from accounts.operations.accounts import open_account
from accounts.operations.cards import issue_card
from accounts.operations.customers import NewCustomer, keep_representative, register_customer
from accounts.operations.documents import renew_document
from accounts.operations.holders import Agent, lock_holder
from accounts.operations.identity_documents import CheckInput, check_kind, keep_check, lock_customer_with
from accounts.operations.particulars import StatedParticulars, record_first_phone, record_particulars
from accounts.policy.identity import cause_of
from accounts.queries.customers import find_customer_with_identity, has_name
from accounts.queries.opening_changes import OpeningEntry, changes_by_opening
from accounts.refusals.opening import IdentityUnderReview
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, DecisionKind, ReviewCause, Rule
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound, Refusal, Unfinished
from config.kernel.law.text import Text
from config.kernel.requests.documents import read_document
from config.kernel.trail.decisions import deciding
from config.kernel.vault.sealed import identity_key

CHECK_FIRST = Text(
    "请先核查该客户的身份，再为其新开账户。", "Check this customer's identity before opening an account."
)


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer whose id is known when the opening begins."""

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class CounterOpening:
    """The opening that is requested at the counter.

    :ivar holder: the person or organization with the document, a customer already or not; or the known customer.
    :ivar card: the product of the card that goes with the account, None for no card.
    :ivar agent: who acts for the holder, None when the holder is present.
    :ivar proof: the holder's entitlement to a card of this product.
    :ivar particulars: the holder's statements, None where they are on record.
    :ivar unit_kind: as in `open_account`, likewise the purpose.
    :ivar announced: the mark of the changes of a customer on record that were announced (`OpeningChanges.mark`),
        empty for a new customer; None where no changes were announced.
    """

    holder: NewCustomer | KnownCustomer
    kind: AccountKind
    account_class: AccountClass
    card: CardProduct | None = None
    agent: Agent | None = None
    proof: str | None = field(default=None, repr=False)
    particulars: StatedParticulars | None = None
    unit_kind: OrganizationAccountKind | None = None
    purpose: Purpose | None = None
    announced: str | None = None


@dataclass(frozen=True, slots=True)
class AccountRefused:
    """A rule refused the account; the customer and the identity check are recorded."""

    customer_id: UUID
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """The account was opened.

    :ivar card: as it was issued, its number whole; None where none was asked for or a rule refused it.
    :ivar card_refusal: why no card was issued though one was asked for.
    """

    customer_id: UUID
    account_id: UUID
    card: Card | None = None
    card_refusal: Refusal | None = None


@transaction_required
def open_at_counter(*, principal: Caller, opening: CounterOpening) -> AccountOpened | AccountRefused:
    """Register a new customer, open the account, issue the card (柜面开户).

    A refusal by a rule is a result and does not undo the earlier steps: if the account is refused, the customer and the
    identity check stay; if the card is refused, the account stays. An exception undoes all steps, but an attempt under
    another name is kept.

    :param opening: holder, product, agent and card, as entered. For a customer on record a document on file is renewed,
        and a phone is stored where there is none.
    :raises BadRequest: on a path of `document`, `check.result`, `birth_date`, `account_class` or `agent`.
    :raises IdentityConflicting: the document's number is registered under another name.
    :raises IdentityUnderReview: the check does not confirm a known customer.
    :raises CustomerExists: the same person has been registered since.
    :raises NotFound: for an unknown customer id.
    :raises Unfinished: when the customer was changed since the changes were announced.
    :source: 银发〔2007〕345号; 通告第五条.
    """
    customer_id = _holder_id(principal, opening)
    if opening.particulars is not None:
        # Lock the agent now: after the customer's row, the agent's locks would break the order of locks.
        record_particulars(
            principal=principal, customer_id=customer_id, entered=opening.particulars, agent=opening.agent
        )
    try:
        account_id = open_account(
            principal=principal,
            customer_id=customer_id,
            kind=opening.kind,
            account_class=opening.account_class,
            agent=opening.agent,
            unit_kind=opening.unit_kind,
            purpose=opening.purpose,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return AccountRefused(customer_id, refusal)
    if opening.card is None:
        return AccountOpened(customer_id, account_id)
    try:
        card = issue_card(
            principal=principal, account_id=account_id, product=opening.card, agent=opening.agent, proof=opening.proof
        )
    except Refusal as refusal:
        return AccountOpened(customer_id, account_id, card_refusal=refusal)
    return AccountOpened(customer_id, account_id, card)


@transaction_required
def identify(*, principal: Caller, new: NewCustomer) -> UUID | None:
    """Return the customer that a document belongs to, None where there is none (识别客户).

    An attempt under another name is kept, and so is a check that does not confirm a known customer.

    :raises BadRequest: what the document cannot be, or that a known customer was not checked.
    :raises IdentityConflicting: the document's number is registered under another name.
    :raises IdentityUnderReview: the check does not confirm a known customer, who is under review from then on.
    :source: 银发〔2007〕345号: nothing is opened for a customer whom the check does not confirm.
    """
    document = read_document(new.document, on=shanghai_day(bank_now()))
    check_kind(document, new.kind)
    holder = find_customer_with_identity(identity_key(document.identity))
    if holder is None:
        return None
    if not has_name(holder, new.name):
        return register_customer(principal=principal, new=new)
    if new.check is None:
        raise BadRequest({"check.result": [CHECK_FIRST]})
    if cause := cause_of(new.check.result):
        _put_under_review(principal, holder.id, new.check, cause)
    return holder.id


def _put_under_review(principal: Caller, customer_id: UUID, check: CheckInput, cause: ReviewCause) -> None:
    """Record the check of a known customer that did not match, and refuse the opening.

    :raises IdentityUnderReview: always.
    """
    with deciding(
        DecisionKind.OPEN_ACCOUNT, principal=principal, rule=Rule.OPEN_ACCOUNT, customer_id=customer_id
    ) as decision:
        customer, _, at = lock_customer_with(customer_id)
        # The surviving customer, if this one was merged during the wait for the lock.
        decision.customer_id = customer.id
        decision.at = at
        decision.facts = {"check_result": check.result.value}
        keep_check(customer.id, check, principal, at)
        raise IdentityUnderReview(cause=cause.value)


def _holder_id(principal: Caller, opening: CounterOpening) -> UUID:
    holder = opening.holder
    if isinstance(holder, KnownCustomer):
        return holder.customer_id
    customer_id = identify(principal=principal, new=holder)
    if customer_id is not None:
        return _write_changes(principal, customer_id, holder, opening)
    if opening.announced:
        raise Unfinished
    return register_customer(principal=principal, new=holder)


def _write_changes(principal: Caller, customer_id: UUID, new: NewCustomer, opening: CounterOpening) -> UUID:
    """Record what a customer showed and stated at an opening, as `changes_by_opening` announces it.

    :raises Unfinished: when the changes differ from the announced ones, because the customer was changed meanwhile.
    """
    # Lock the agent now: after the customer's row, the agent's locks would break the order of locks.
    customer = lock_holder(customer_id, opening.agent).customer
    at = bank_now()
    changes = changes_by_opening(customer, _opening_entry(new, shanghai_day(at)), shanghai_day(at))
    if opening.announced is not None and opening.announced != changes.mark:
        raise Unfinished
    if new.check is not None and changes.renews:
        renew_document(principal=principal, customer_id=customer.pk, entered=new.document, check=new.check)
    elif new.check is not None:
        keep_check(customer.pk, new.check, principal, at)
    if new.phone is not None and changes.stores_phone:
        record_first_phone(principal=principal, customer=customer, phone=new.phone)
    if new.representative is not None:
        keep_representative(customer.pk, new.representative, principal, at)
    return customer.pk


def _opening_entry(new: NewCustomer, on: date) -> OpeningEntry:
    representative = new.representative
    return OpeningEntry(
        name=new.name,
        document=read_document(new.document, on=on),
        valid_until=new.document.valid_until,
        phone=new.phone,
        birth_date=new.birth_date,
        representative=(representative.name, representative.document, representative.valid_until)
        if representative
        else None,
    )
