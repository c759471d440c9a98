"""Register customers and the legal representatives of organizations (法定代表人).

One person is one row, for any document and spelling of the name.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from accounts.models import Customer, Identity, IdentityConflict, LegalRepresentative
from accounts.operations.identity_documents import CheckInput, check_kind, keep_check, new_document
from accounts.policy.identity import RegistrationFacts, birth_date_of, check_registration, status_after_check
from accounts.queries.customers import has_name, representative_of
from accounts.queries.matches import match_key_of
from accounts.queries.opening_changes import is_represented_by
from accounts.refusals.identity import IdentityConflicting
from accounts.vocabulary import (
    CustomerKind,
    DecisionKind,
    RequestStatus,
    Rule,
)
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.faults import DocumentError
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.requests import special_measures
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.trail.decisions import deciding
from config.kernel.vault.sealed import identity_key, name_key, phone_key


@dataclass(frozen=True, slots=True)
class Representative:
    """The legal representative of an organization, with the document that was read.

    :ivar valid_until: the last day of the document, None when it has no end.
    """

    name: str = field(repr=False)
    document: IdentityDocument
    valid_until: date | None = None


@transaction_required
def keep_representative(customer_id: UUID, entered: Representative, principal: Caller, at: datetime) -> None:
    """Record an organization's representative from now on; the present one is not recorded twice.

    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号), on what an organization shows to open an account.
    """
    if is_represented_by(representative_of(customer_id), entered.name, entered.document, entered.valid_until):
        return
    special_measures.confirm(name_key(entered.name))
    key = identity_key(entered.document.identity)
    row = LegalRepresentative(
        id=new_id(),
        customer_id=customer_id,
        identity_key=key,
        type=entered.document.type,
        country=entered.document.country,
        valid_until=entered.valid_until,
        at=at,
        principal_id=principal.id,
    )
    row.name, row.number = entered.name, entered.document.number
    row.save(force_insert=True)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A person or organization to be registered, as the teller entered it.

    :ivar name: as it is shown; it is compared in its normalised form.
    :ivar phone: in the one form phones are kept in.
    :ivar representative: of an organization, where one was identified.
    """

    kind: CustomerKind
    name: str = field(repr=False)
    document: DocumentInput
    phone: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    check: CheckInput | None = None
    representative: Representative | None = None


@transaction_required
def register_customer(*, principal: Caller, new: NewCustomer) -> UUID:
    """Register a customer (建立客户) and return the id.

    Nothing is locked: no decision concerns a person without accounts. When two counters register one person, the
    constraint `identity_is_one_customer` makes the second wait for the first and then see its customer. A listed person
    may be registered; only accounts and cards are barred.

    :param new: as the teller entered it, not yet checked.
    :raises BadRequest: what the document, or the birth date, cannot be.
    :raises CustomerExists: the same person is a customer.
    :raises IdentityConflicting: the number is registered under another name; the attempt is kept.
    :source: 银发〔2007〕345号, from 2007-06-29; house rule: one person is one customer.
    """
    today = shanghai_day(bank_now())
    document = read_document(new.document, on=today)
    check_kind(document, new.kind)
    birth_date = _birth_date(new, document, today)
    key = identity_key(document.identity)
    with deciding(DecisionKind.REGISTER_CUSTOMER, principal=principal, rule=Rule.REGISTER_CUSTOMER) as decision:
        at = decision.at = bank_now()
        decision.facts = {
            "kind": new.kind.value,
            "document_type": document.type.value,
            "check_result": new.check.result.value if new.check else None,
        }
        name_index = name_key(new.name)
        holder = Customer.objects.filter(identities__key=key).first()
        facts = RegistrationFacts(
            holder_id=holder.id if holder else None,
            same_name=holder is not None and has_name(holder, new.name),
        )
        decision.customer_id = facts.holder_id
        if facts.holder_id is not None:
            decision.facts["same_name"] = facts.same_name
        try:
            check_registration(facts)
        except IdentityConflicting as refusal:
            refusal.fields["conflict_id"] = str(_keep_conflict(new, holder, principal, at).id)
            raise
        special_measures.confirm(name_index)
        customer_id = _write(new, document, key, name_index, birth_date, at)
        if new.check is not None:
            keep_check(customer_id, new.check, principal, at)
        if new.representative is not None:
            keep_representative(customer_id, new.representative, principal, at)
        decision.customer_id = decision.object_id = customer_id
        return customer_id


def _write(
    new: NewCustomer, document: IdentityDocument, key: bytes, name_index: bytes, birth_date: date | None, at: datetime
) -> UUID:
    customer = Customer(
        id=new_id(),
        kind=new.kind,
        status=status_after_check(new.check.result if new.check else None),
        name_index=name_index,
        sealed_birth_date=birth_date and birth_date.isoformat(),
        match_key=match_key_of(new.kind, new.name, birth_date),
        created_at=at,
    )
    customer.name = new.name
    if new.phone is not None:
        customer.phone, customer.phone_index = new.phone, phone_key(new.phone)
    customer.save(force_insert=True)
    identity = Identity.objects.create(customer=customer, key=key)
    row = new_document(customer.id, new.document, document, key, at)
    row.identity, row.status, row.is_primary = identity, RequestStatus.IN_FORCE, True
    row.save(force_insert=True)
    return customer.id


def _keep_conflict(new: NewCustomer, holder: Customer | None, principal: Caller, at: datetime) -> IdentityConflict:
    conflict = IdentityConflict(id=new_id(), customer=holder, at=at, principal_id=principal.id)
    conflict.name = new.name
    conflict.save(force_insert=True)
    return conflict


def _birth_date(new: NewCustomer, document: IdentityDocument, today: date) -> date | None:
    try:
        return birth_date_of(document, new.birth_date, on=today)
    except DocumentError as error:
        raise BadRequest({error.field: [Text(error.zh, error.en)]}) from None
