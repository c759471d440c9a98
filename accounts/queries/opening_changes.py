"""Changes of a customer on record by an opening (开户变更客户资料), and entries that are not used.

The form announces the changes and the operation makes them, both from the same facts.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from accounts.models import Customer, Document, LegalRepresentative
from accounts.policy.identity import RenewalFacts, check_renewal
from accounts.queries.customers import representative_of
from accounts.queries.documents import born_on, with_last_numbers
from accounts.vocabulary import RequestStatus
from config.kernel.identity.documents import DocumentError, IdentityDocument
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import identity_key


@dataclass(frozen=True, slots=True)
class OpeningEntry:
    """The data of the holder that an opening enters.

    :ivar valid_until: the last day of the document, None where it has no end.
    :ivar representative: of an organization: name, document and its last day; None where none was entered.
    """

    name: str = field(repr=False)
    document: IdentityDocument
    valid_until: date | None = None
    phone: str | None = field(default=None, repr=False)
    birth_date: date | None = None
    representative: tuple[str, IdentityDocument, date | None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OpeningChanges:
    """The changes of a customer on record by an opening, and the entries that are not used.

    :ivar name: the name on record, masked, where another spelling was entered; else empty.
    :ivar phone: the number on record, masked; empty where there is none.
    :ivar stores_phone: the customer has no number, and the entered one is stored.
    :ivar keeps_phone: another number was entered than is on record, which stays.
    :ivar on_file: whether the document is on file; an opening does not add it.
    :ivar number: the number on file, masked, where the document was shown with another one; else empty.
    :ivar until: its last day on file, None where it has no end or none is recorded.
    :ivar renews: whether number or last day become those entered.
    :ivar keeps_validity: an earlier last day was entered than is on file, which stays.
    :ivar keeps_birth_date: another birth date was entered than is on record, which stays.
    :ivar representative: the name of an organization's representative on record, masked, where another one replaces
        that person; else empty.
    """

    name: str = ""
    phone: str = ""
    stores_phone: bool = False
    keeps_phone: bool = False
    on_file: bool = False
    number: str = ""
    until: date | None = None
    renews: bool = False
    keeps_validity: bool = False
    keeps_birth_date: bool = False
    representative: str = ""

    @property
    def mark(self) -> str:
        """Return a digest of these changes without names, to compare the announced changes with the present ones."""
        unused = self.keeps_phone, self.on_file, self.keeps_validity
        flags = self.stores_phone, self.renews, bool(self.representative), *unused
        return "".join(str(int(each)) for each in flags) + (self.until.isoformat() if self.until else "")


def changes_by_opening(customer: Customer, entered: OpeningEntry, on: date) -> OpeningChanges:
    """Return the changes of a customer by an opening; an operation holds the customer's lock.

    :param on: the bank's day.
    """
    changes = OpeningChanges(
        name="" if customer.name == entered.name else masked(customer, "name"),
        phone=masked(customer, "phone"),
        stores_phone=customer.phone is None and entered.phone is not None,
        keeps_phone=customer.phone is not None and entered.phone not in {None, customer.phone},
        keeps_birth_date=entered.birth_date not in {None, born_on(customer, on)},
        representative=_replaced(customer, entered),
    )
    document = _on_file(customer, entered.document)
    return _with_document(changes, document, entered) if document else changes


def is_represented_by(
    row: LegalRepresentative | None, name: str, document: IdentityDocument, until: date | None
) -> bool:
    """Return whether a representative is on record exactly as entered."""
    if row is None:
        return False
    on_record = bytes(row.identity_key), row.name, row.type, row.country, row.number, row.valid_until
    return on_record == (
        identity_key(document.identity), name, document.type, document.country, document.number, until
    )  # fmt: skip


def _on_file(customer: Customer, document: IdentityDocument) -> Document | None:
    on_file = Document.objects.filter(
        customer=customer,
        type=document.type,
        identity_key=identity_key(document.identity),
        status=RequestStatus.IN_FORCE,
    )
    return next(iter(with_last_numbers(on_file[:1])), None)


def _with_document(changes: OpeningChanges, row: Document, entered: OpeningEntry) -> OpeningChanges:
    keeps = not _may_renew(RenewalFacts(True, row.valid_until, entered.valid_until))
    last = row.shown_last
    differs = last.number != entered.document.number or row.valid_until != entered.valid_until
    return replace(
        changes,
        on_file=True,
        number="" if last.number == entered.document.number else masked(last, "number"),
        until=row.valid_until,
        renews=differs and not keeps,
        keeps_validity=keeps,
    )


def _may_renew(facts: RenewalFacts) -> bool:
    try:
        check_renewal(facts)
    except DocumentError:
        return False
    return True


def _replaced(customer: Customer, entered: OpeningEntry) -> str:
    last = representative_of(customer.pk) if entered.representative else None
    if last is None or entered.representative is None or is_represented_by(last, *entered.representative):
        return ""
    return masked(last, "name")
