"""Whom a case account's certificate suspends: the holders of what it names, and nobody else (涉案账户开户人)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto

from django.db.models import prefetch_related_objects

from blacklist.models import Certificate
from blacklist.operations.customers import Linked, holders_of, linked_to_each
from blacklist.policy.listings import Listing
from blacklist.queries.content import paper_facts
from blacklist.queries.parts import revoked_since
from blacklist.vocabulary import THIS_BANK, Category
from config.kernel.identity.masking import mask_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text


class HoldsBy(Enum):
    """Why a person is, or is not, a holder of a case account."""

    ACCOUNT_HERE = auto()
    NAMED_ELSEWHERE = auto()
    NOTHING = auto()


_WORDS = {
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
    """A person behind a case account's certificate; the name is masked.

    :ivar by: what makes the person a holder.
    :ivar lifted_on: the day on which a re-verification has ended the suspension, None while none has.
    """

    name: str
    by: HoldsBy
    lifted_on: date | None = None

    @property
    def is_suspended(self) -> bool:
        """Say whether the person's other accounts are suspended while the certificate is in force."""
        return self.by is not HoldsBy.NOTHING

    @property
    def sentence(self) -> str:
        """Return in the reader's language what becomes of the person, and why."""
        words = _WORDS[self.by]
        if self.lifted_on is not None:
            day = self.lifted_on.isoformat()
            words = Text(
                f"{words.zh}，该暂停已因身份重新核实于 {day} 解除",
                f"{words.en}; that suspension ended on {day}, when the identity was re-verified",
            )
        return str(Text(f"{self.name}：{words.zh}。", f"{self.name}: {words.en}."))


def case_holders(certificate: Certificate) -> Iterator[CaseHolder]:
    """Return who holds what a certificate names now, then whom it names besides; nobody for a penalty's.

    It says before the approval what `Listing.of_holder` decides after it.
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
        (mask_name(str(named.name)), HoldsBy.NAMED_ELSEWHERE if elsewhere else HoldsBy.NOTHING, key)
        for named in certificate.subjects.all()
        if named.id not in out and (key := bytes(named.subject.identity_key)) not in known
    ]
    linked = linked_to_each([key for _, _, key in people])
    for (name, by, _), person in zip(people, linked, strict=True):
        yield CaseHolder(name, by, None if by is HoldsBy.NOTHING else _lifted_on(certificate, person))


def _lifted_on(certificate: Certificate, person: Linked) -> date | None:
    """Return the day on which a re-verification ended what a certificate had brought upon a holder."""
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
