"""Subjects that penalties restrict, with the true ends of the measures (影响对象).

Where terms add up, the end of one certificate depends on the others of the same person. Pages, the register and
proposals call this module, so they all show the end that decisions use.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.db.models import prefetch_related_objects

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.operations.customers import LinkedCustomer, customers_among, holders_of, linked_to_each
from blacklist.policy.listings import Listing
from blacklist.policy.penalties import PENALIZED
from blacklist.policy.restrictions import Restriction, measures_of, restrictions_of_person
from blacklist.queries import Listings, listed
from blacklist.queries.certificates import dropped_parts, revoked_since
from blacklist.queries.content import paper_facts
from blacklist.regimes import regimes
from blacklist.vocabulary import THIS_BANK, RestrictionKind
from config.kernel.identity.masking import mask_name
from config.kernel.law.text import Text
from config.kernel.vault.masked import masked

#: Maximum of subjects that a page or a proposal describes one by one.
MOST_LISTED = 20


#: For a certificate whose term would begin after the five years of its chain.
NOT_ENFORCED = Text(
    "连续执行期限已满五年，本认定书不再执行", "the five years without a break are over, so nothing of it is enforced"
)


@dataclass(frozen=True, slots=True)
class AffectedSubject:
    """A person or organization that a penalty names; the name is masked.

    :ivar accounts: number of the customer's accounts here, including closed ones; None for a subject who is no
        customer.
    :ivar measures: measures of the certificate, with their true ends.
    """

    name: str
    accounts: int | None
    measures: tuple[Restriction, ...]

    @property
    def text(self) -> Text:
        """Return name, number of accounts, and the restrictions with their ends, in words."""
        ends = [Text(f"{each.text.zh}{each.end.zh}", f"{each.text.en} {each.end.en}") for each in self.measures]
        ends = ends or [NOT_ENFORCED]
        zh, en = "；".join(each.zh for each in ends), "; ".join(each.en for each in ends)
        if self.accounts is None:
            return Text(
                f"{self.name}：非本行客户，成为客户后适用。{zh}。",
                f"{self.name}: no customer yet; restricted on becoming one. {en}.",
            )
        return Text(
            f"{self.name}：本行客户，账户{self.accounts}个（含已销户）。{zh}。",
            f"{self.name}: a customer; accounts, closed ones included: {self.accounts}. {en}.",
        )


def unrevoked_subjects(certificate: Certificate) -> list[CertificateSubject]:
    """Return the subjects of a certificate that no revocation has removed."""
    out = revoked_since(certificate.revocations.all())
    return [each for each in certificate.subjects.all() if each.id not in out]


def affected_by(certificates: Sequence[Certificate], at: datetime) -> dict[UUID, list[AffectedSubject]]:
    """Return the subjects that each penalty restricts, or would once in force, in few queries.

    Certificates of case accounts and certificates with an unknown legal basis are left out.

    :param at: instant at which other certificates are counted in.
    """
    known = regimes()
    penalties = [each for each in certificates if each.category in PENALIZED and each.legal_basis in known]
    prefetch_related_objects(penalties, "subjects__subject", "revocations__parts")
    keys = {bytes(named.subject.identity_key) for each in penalties for named in unrevoked_subjects(each)}
    customers = customers_among(keys)
    people = {key: customers.get(key) or LinkedCustomer((key,)) for key in keys}
    lists = _listings_of(people.values())
    return {each.id: list(_hits(each, at, people, customers.keys(), lists)) for each in penalties}


def affected_subject_texts(hits: Sequence[AffectedSubject]) -> list[Text]:
    """Return one sentence for each subject; beyond the maximum, only the number of further subjects."""
    texts = [each.text for each in hits[:MOST_LISTED]]
    if more := len(hits) - len(texts):
        texts.append(Text(f"另有{more}个对象未逐一列出。", f"{more} more subjects are not listed one by one."))
    return texts


def ends_of(hits: Iterable[AffectedSubject]) -> dict[RestrictionKind, frozenset[datetime | None]]:
    """Return the ends of a certificate's measures by kind; several ends where subjects differ."""
    found: dict[RestrictionKind, set[datetime | None]] = {}
    for hit in hits:
        for each in hit.measures:
            found.setdefault(each.kind, set()).add(each.until)
    return {kind: frozenset(ends) for kind, ends in found.items()}


def restrictions_left(revocation: Revocation, at: datetime) -> list[Text]:
    """Return for each subject and account holder of a revocation which other restrictions remain.

    Where terms add up, the ends are those after the revocation, which may differ from the present ones.
    """
    certificate = revocation.certificate
    subjects, accounts = certificate.subjects.all(), certificate.case_accounts.all()
    if not revocation.whole:
        subjects = subjects.filter(revoked_parts__revocation=revocation)
        accounts = accounts.filter(revoked_parts__revocation=revocation)
    return _left(certificate.id, subjects.select_related("subject"), accounts, at)


def restrictions_left_by_correction(correction: Certificate, at: datetime) -> list[Text]:
    """Return which other restrictions remain for subjects and holders that a correction no longer names."""
    if correction.corrects_id is None:
        return []
    subjects, accounts = dropped_parts(correction)
    return _left(correction.corrects_id, subjects, accounts, at)


def _left(
    certificate_id: UUID, subjects: Iterable[CertificateSubject], accounts: Iterable[CaseAccount], at: datetime
) -> list[Text]:
    numbers = {row.number for row in accounts if row.bank_code == THIS_BANK}
    named = {bytes(each.subject.identity_key): masked(each, "name") for each in subjects}
    holders = {each.identity_keys[0]: mask_name(each.name) for each in holders_of(numbers) if each.identity_keys}
    names = holders | named
    people = dict(zip(names, linked_to_each(list(names)), strict=True))
    lists = _listings_of(people.values())
    texts: dict[tuple[bytes, ...], Text] = {}
    for key, person in people.items():
        others = (each for each in lists.of(*person.keys) if each.certificate_id != certificate_id)
        left = restrictions_of_person(
            others, at=at, reverified=person.reverified, grace_days=settings.CASE_HOLDER_GRACE_DAYS
        )
        texts.setdefault(person.identity_keys, _left_text(names[key], left))
    return list(texts.values())[:MOST_LISTED]


def _left_text(name: str, left: Iterable[Restriction]) -> Text:
    each = [Text(f"{one.text.zh}，{one.end.zh}", f"{one.text.en} {one.end.en}") for one in left]
    if not each:
        return Text(f"{name}：没有其他认定限制。", f"{name}: nothing by other certificates.")
    zh, en = (dict.fromkeys(getattr(one, language) for one in each) for language in ("zh", "en"))
    return Text(f"{name}：{'；'.join(zh)}。", f"{name}: {'; '.join(en)}.")


def _listings_of(people: Collection[LinkedCustomer]) -> Listings:
    """Return all listings of some persons, by one query."""
    return listed(
        chain.from_iterable(each.identity_keys for each in people),
        chain.from_iterable(each.account_numbers for each in people),
        chain.from_iterable(each.card_keys for each in people),
    )


def _hits(
    certificate: Certificate,
    at: datetime,
    people: Mapping[bytes, LinkedCustomer],
    customers: Collection[bytes],
    lists: Listings,
) -> Iterable[AffectedSubject]:
    listing = Listing.of_paper(paper_facts(certificate), certificate.in_force_at or at, certificate.id)
    for named in unrevoked_subjects(certificate):
        key = bytes(named.subject.identity_key)
        person = people[key]
        # The corrected certificate ends when the correction is in force.
        standing = [
            each
            for each in lists.of(*person.keys)
            if each.in_force_at <= at and each.certificate_id != certificate.corrects_id
        ]
        yield AffectedSubject(
            name=masked(named, "name"),
            accounts=len(person.account_numbers) if key in customers else None,
            measures=measures_of(listing, among=standing),
        )
