"""What is on record about a customer (客户名下的记录): the ids under which pages, proposals and the trail name it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from accounts.models import (
    Account,
    AccountTelling,
    BeneficialOwner,
    Card,
    CardException,
    CardMove,
    CashMovement,
    CashReversal,
    CleanupAction,
    CleanupAttachment,
    CleanupCase,
    CleanupContact,
    CleanupItem,
    CleanupOutcome,
    CloseOut,
    ConflictReview,
    CounterCash,
    CustomerParticulars,
    Document,
    DocumentRenewal,
    DocumentWithdrawal,
    ExternalAccount,
    ExternalAccountWithdrawal,
    Freeze,
    FreezeLift,
    Identity,
    IdentityCheck,
    IdentityConflict,
    LegalRepresentative,
    Letter,
    LetterDelivery,
    LetterPrint,
    LossReport,
    MovedRow,
    NameChange,
    Reverification,
    SamePerson,
)

#: By which ways each table's rows are a customer's; the entries of an account have no page under an id of their own.
PLACES: Mapping[type[Model], tuple[str, ...]] = {
    Account: ("customer",),
    AccountTelling: ("account__customer",),
    BeneficialOwner: ("particulars__customer",),
    Card: ("customer",),
    CardException: ("account__customer",),
    CardMove: ("card__customer",),
    CashMovement: ("account__customer",),
    CashReversal: ("account__customer",),
    CleanupAction: ("item__case__customer",),
    CleanupAttachment: ("case__customer",),
    CleanupCase: ("customer",),
    CleanupContact: ("case__customer",),
    CleanupItem: ("case__customer",),
    CleanupOutcome: ("item__case__customer",),
    CloseOut: ("account__customer",),
    ConflictReview: ("conflict__customer",),
    CounterCash: ("account__customer",),
    CustomerParticulars: ("customer",),
    Document: ("customer",),
    DocumentRenewal: ("document__customer",),
    DocumentWithdrawal: ("document__customer",),
    ExternalAccount: ("customer",),
    ExternalAccountWithdrawal: ("external_account__customer",),
    Freeze: ("account__customer",),
    FreezeLift: ("freeze__account__customer",),
    Identity: ("customer",),
    IdentityCheck: ("customer",),
    IdentityConflict: ("customer",),
    LegalRepresentative: ("customer",),
    Letter: ("customer",),
    LetterDelivery: ("letter__customer",),
    LetterPrint: ("letter__customer",),
    LossReport: ("card__customer",),
    MovedRow: ("merge__customer", "merge__other"),
    NameChange: ("customer",),
    Reverification: ("customer",),
    SamePerson: ("customer", "other"),
}


@dataclass(frozen=True, slots=True)
class Records:
    """What is on record about some customers, whatever has become of it.

    :ivar ids: of every row, the accounts among them; those of transfers and certificates other apps know.
    :ivar outside_keys: of what is or was an own account at another bank.
    """

    ids: tuple[UUID, ...] = ()
    account_ids: tuple[UUID, ...] = ()
    outside_keys: tuple[bytes, ...] = field(default=(), repr=False)


def records_of(customer_ids: Collection[UUID]) -> Records:
    """Return what is on record about some customers, in three queries.

    :param customer_ids: every id under which whoever is meant is on record, as `accounts.queries.whose.ids_meant` says.
    """
    if not customer_ids:
        return Records()
    first, *others = (_ids(table, ways, customer_ids) for table, ways in PLACES.items())
    accounts = Account.objects.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    outside = ExternalAccount.objects.filter(customer_id__in=customer_ids, in_force_at__isnull=False)
    return Records(
        ids=tuple(first.union(*others, all=True)),
        account_ids=tuple(accounts),
        outside_keys=tuple(bytes(key) for key in outside.values_list("number_key", flat=True) if key is not None),
    )


def _ids(table: type[Model], ways: Collection[str], customer_ids: Collection[UUID]) -> QuerySet[Model, UUID]:
    meant = Q()
    for way in ways:
        meant |= Q(**{f"{way}__in": customer_ids})
    return table._default_manager.filter(meant).order_by().values_list("pk", flat=True)
