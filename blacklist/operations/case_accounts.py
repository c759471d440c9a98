"""Case accounts of a certificate and the holders whom they suspend (涉案账户开户人).

At this bank a case account is named by account or card number, which is resolved at each reading.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from uuid import UUID

from django.db.models import prefetch_related_objects

from blacklist.models import CaseAccount, Certificate
from blacklist.operations.customers import KnownNumbers, LinkedCustomer, holders_of, known_numbers, linked_to_each
from blacklist.policy.listings import Listing
from blacklist.queries.certificates import revoked_since
from blacklist.queries.content import paper_facts
from blacklist.vocabulary import THIS_BANK, Category, ReviewReason
from config.kernel.identity.masking import mask_account, mask_card, mask_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import account_key, card_key

type Accounts = tuple[tuple[str, str], ...]


class NumberKind(Enum):
    """What a case account's number is at present (涉案账号的识别): account, card or unknown."""

    ACCOUNT = auto()
    CARD = auto()
    UNKNOWN = auto()
    ELSEWHERE = auto()

    @property
    def words(self) -> str:
        """Return the name of this kind in the reader's language."""
        return str(_WORDS[self])


_WORDS = {
    NumberKind.ACCOUNT: Text("本行账号", "Account of this bank"),
    NumberKind.CARD: Text("本行卡号", "Card of this bank"),
    NumberKind.UNKNOWN: Text("本行无此账号或卡号", "No account or card of this bank"),
    NumberKind.ELSEWHERE: Text("他行账号", "Account at another bank"),
}


def known_here(accounts: Accounts) -> KnownNumbers:
    """Return which numbers of this bank are accounts and which are cards.

    :param accounts: pairs of number and bank code, normalized for comparison.
    """
    return known_numbers([number for number, bank in accounts if bank == THIS_BANK])


def number_reasons(accounts: Accounts, known: KnownNumbers) -> tuple[ReviewReason, ...]:
    """Return the reason for review if a number of this bank is neither an account nor a card."""
    doubtful = any(bank == THIS_BANK and not known.is_known(number) for number, bank in accounts)
    return (ReviewReason.CASE_ACCOUNT_UNKNOWN,) if doubtful else ()


def case_accounts_of(certificate: Certificate | None, accounts: Accounts, known: KnownNumbers) -> Iterator[CaseAccount]:
    """Return the rows of a certificate's case accounts; card numbers and outside accounts are encrypted.

    An account number that is no card number needs no card key. A number that is neither is stored as it came, and is
    found as soon as an account or card has it.

    :param certificate: None if the certificate is not stored yet.
    """
    for number, bank in accounts:
        row = CaseAccount(certificate=certificate, bank_code=bank)
        if bank == THIS_BANK and (number in known.cards or number not in known.accounts):
            row.card_key = card_key(number)
        if bank != THIS_BANK:
            row.outside_number, row.outside_key = number, account_key(number, bank)
        elif number in known.cards and number not in known.accounts:
            row.card_number = number
        else:
            row.account_number = number
        yield row


def number_kinds(rows: Iterable[CaseAccount]) -> dict[UUID, NumberKind]:
    """Return what each row's number is at present; queries only numbers that were in doubt."""
    found = list(rows)
    known = known_numbers({row.account_number for row in found if _in_doubt(row)})
    return {row.id: _named_by(row, known) for row in found}


def names_unknown_number(certificate_id: UUID) -> bool:
    """Return whether a certificate names a number of this bank that is neither an account nor a card."""
    rows = CaseAccount.objects.filter(certificate_id=certificate_id, card_key__isnull=False).exclude(account_number="")
    return NumberKind.UNKNOWN in number_kinds(rows).values()


def shown_number(row: CaseAccount, kind: NumberKind, *, masked: bool = False) -> str:
    """Return a row's number as it may be shown; card numbers are always masked (通告第六条).

    :param kind: what the number is at present.
    :param masked: mask account numbers, too.
    """
    if kind is NumberKind.CARD:
        return mask_card(row.number)
    return mask_account(row.number) if masked else row.number


def _named_by(row: CaseAccount, known: KnownNumbers) -> NumberKind:
    if row.bank_code != THIS_BANK:
        return NumberKind.ELSEWHERE
    if not row.account_number or row.account_number in known.cards:
        return NumberKind.CARD
    return NumberKind.ACCOUNT if not _in_doubt(row) or row.account_number in known.accounts else NumberKind.UNKNOWN


def _in_doubt(row: CaseAccount) -> bool:
    return bool(row.account_number) and row.card_key is not None


class HoldsBy(Enum):
    """Reason why a person counts, or does not count, as holder of a case account."""

    ACCOUNT_HERE = auto()
    NAMED_ELSEWHERE = auto()
    NOTHING = auto()


_HOLDER_WORDS = {
    HoldsBy.ACCOUNT_HERE: Text(
        "所列本行账户的开户人；名下其他账户暂停非柜面业务（支付账户暂停所有业务）",
        "holds a named account here; non-counter business of other accounts is suspended (payment accounts: all business)",
    ),
    HoldsBy.NAMED_ELSEWHERE: Text(
        "所列对象，认定书列有他行账户；在本行的账户暂停非柜面业务（支付账户暂停所有业务）",
        "named, with a case account at another bank; non-counter business of accounts here is suspended (payment accounts: all business)",
    ),
    HoldsBy.NOTHING: Text(
        "所列对象，但不是所列账户的开户人；不因本认定书受限制", "named, but holds no named account; not restricted by this certificate"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseHolder:
    """A person concerned by a case account's certificate; the name is masked.

    :ivar by: reason why the person counts as holder.
    :ivar lifted_on: day on which a re-verification ended the suspension; None if none did.
    """

    name: str
    by: HoldsBy
    lifted_on: date | None = None

    @property
    def sentence(self) -> str:
        """Return the effect on the person and its reason, in the reader's language."""
        words = _HOLDER_WORDS[self.by]
        if self.lifted_on is not None:
            day = self.lifted_on.isoformat()
            words = Text(
                f"{words.zh}，该暂停已因身份重新核实于 {day} 解除",
                f"{words.en}; that suspension ended on {day}, when the identity was re-verified",
            )
        return str(Text(f"{self.name}：{words.zh}。", f"{self.name}: {words.en}."))


def case_holders(certificate: Certificate) -> Iterator[CaseHolder]:
    """Return the present holders of a certificate's accounts, then its other subjects; empty for a penalty.

    Before the approval it gives the same answer as `Listing.of_holder` after it.
    """
    if certificate.category != Category.CASE_ACCOUNT:
        return
    prefetch_related_objects([certificate], "subjects__subject", "revocations__parts")
    out = revoked_since(certificate.revocations.all())
    accounts = [each for each in certificate.case_accounts.all() if each.id not in out]
    holders = holders_of({row.number for row in accounts if row.bank_code == THIS_BANK})
    known = {key for each in holders for key in each.identity_keys}
    elsewhere = any(row.bank_code != THIS_BANK for row in accounts)
    people = [(mask_name(each.name), HoldsBy.ACCOUNT_HERE, (each.identity_keys or (b"",))[0]) for each in holders]
    people += [
        (masked(named, "name"), HoldsBy.NAMED_ELSEWHERE if elsewhere else HoldsBy.NOTHING, key)
        for named in certificate.subjects.all()
        if named.id not in out and (key := bytes(named.subject.identity_key)) not in known
    ]
    linked = linked_to_each([key for _, _, key in people])
    for (name, by, _), person in zip(people, linked, strict=True):
        yield CaseHolder(name, by, None if by is HoldsBy.NOTHING else _lifted_on(certificate, person))


def _lifted_on(certificate: Certificate, person: LinkedCustomer) -> date | None:
    """Return the day on which a re-verification ended a certificate's suspension of a holder, or None."""
    if person.reverified is None or certificate.in_force_at is None:
        return None
    listing = Listing.of_paper(paper_facts(certificate), certificate.in_force_at, certificate.pk)
    named = [
        each.since for each in certificate.subjects.all() if bytes(each.subject.identity_key) in person.identity_keys
    ]
    named += [
        each.since
        for each in certificate.case_accounts.all()
        if each.account_number in person.account_numbers or bytes(each.card_key or b"") in person.card_keys
    ]
    listing = replace(listing, since=min(filter(None, named), default=None), corrects=certificate.corrects_id)
    return shanghai_day(person.reverified.at) if listing.is_lifted_by(person.reverified) else None
