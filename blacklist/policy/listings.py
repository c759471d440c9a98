"""Facts for the rules: a certificate in force, and a re-verification of a case account's holder.

Used by the rules on restrictions and by the queries that collect their facts.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from blacklist.policy.content import PaperFacts, Sentence
from blacklist.policy.penalties import regime_of
from blacklist.regimes import LegalBasis, Regime
from blacklist.vocabulary import Category
from config.kernel.law.dates import start_of_day

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reverified:
    """A customer's last re-verification in force (重新核实).

    :ivar at: the instant of its approval.
    :ivar knowing: certificates of case accounts that its checker saw; they came into force before it, even if at the
        same instant of the clock.
    """

    at: datetime
    knowing: frozenset[UUID] = frozenset()

    def comes_after(self, certificate_id: UUID, in_force_at: datetime) -> bool:
        """Return whether a certificate was in force before the re-verification, which lifts only such ones.

        :source: 银发〔2016〕261号 一(二), from 2017-01-01; house rule: for two acts at one instant their order counts.
        """
        return in_force_at < self.at or (in_force_at == self.at and certificate_id in self.knowing)


def reverified(at: datetime | None, knowing: Collection[UUID] | None) -> Reverified | None:
    """Return a holder's last re-verification from its two columns; None if there was none."""
    return None if at is None else Reverified(at, frozenset(knowing or ()))


@dataclass(frozen=True, slots=True)
class Listing:
    """A certificate in force, and what it lists: a named subject or a case account here.

    Exactly one of `identity_key`, `account_number` and `card_key` is set. `in_force_at` is the instant of the
    approval; before it the certificate restricted no one.

    :ivar names_outside: whether the certificate names a case account at another bank, too.
    :ivar term: first and last day of the stated term, both inclusive.
    :ivar sentence: the stated sentence; it counts only without a term.
    :ivar provisional: whether it is undecided and stops only the named account provisionally; `in_force_at` is then
        the instant of the registration.
    :ivar since: for a correction, the instant from which the corrected certificate listed the same subject or
        account. The days of grace run from then, and a later re-verification stays valid. The correction itself
        restricts from its own approval.
    :ivar corrects: id of the certificate that it replaced.
    """

    certificate_id: UUID
    category: Category
    legal_basis: LegalBasis
    certified_on: date
    in_force_at: datetime
    identity_key: bytes | None = field(default=None, repr=False)
    account_number: str | None = field(default=None, repr=False)
    card_key: bytes | None = field(default=None, repr=False)
    names_outside: bool = False
    term: tuple[date, date] | None = None
    sentence: Sentence | None = None
    provisional: bool = False
    since: datetime | None = None
    corrects: UUID | None = None

    @classmethod
    def of_paper(cls, paper: PaperFacts, at: datetime, certificate_id: UUID = _NOBODY) -> "Listing":
        """Return the listing that a certificate would be if it were in force from an instant."""
        return cls(
            certificate_id=certificate_id,
            category=paper.category,
            legal_basis=LegalBasis(paper.legal_basis),
            certified_on=paper.certified_on,
            in_force_at=at,
            identity_key=b"",
            term=paper.term,
            sentence=paper.sentence,
        )

    @property
    def regime(self) -> Regime:
        """Return the regime of its legal basis.

        :raises LegalBasisNotOffered: for a basis without a regime.
        """
        return regime_of(self.legal_basis)

    @property
    def counts_by_sentence(self) -> bool:
        """Return whether its penalty counts from a sentence, not from a stated term or the certification."""
        return self.sentence is not None and not self.term

    @property
    def of_holder(self) -> bool:
        """Return whether it lists the holder of a case account (开户人).

        The holder of a named account at this bank is listed through the account. A named subject counts as a holder
        only if the certificate names an account at another bank, because this bank cannot see who holds it.

        :source: 通告第五条, 银发〔2016〕261号 一(二): 涉案账户开户人名下其他银行账户, and no one else's.
        """
        return self.identity_key is None or self.names_outside

    @property
    def named_since(self) -> datetime:
        """Return the instant from which it, or the certificate that it corrects, lists the subject or account.

        House rule (本行规则): for unchanged subjects and accounts, a correction neither restarts the days of grace nor
        suspends again.
        """
        return self.since or self.in_force_at

    def is_lifted_by(self, reverified: Reverified | None) -> bool:
        """Return whether a re-verification came after it, or after the certificate that it corrects."""
        if reverified is None:
            return False
        papers = filter(None, (self.certificate_id, self.corrects if self.since else None))
        return any(reverified.comes_after(each, self.named_since) for each in papers)

    @property
    def restricts_from(self) -> datetime:
        """Return the start of the restriction: the approval, but not before the first day of the legal basis.

        :source: 通告第五条, 2017-01-01; 银发〔2019〕85号, 2019-04-01; 《联合惩戒办法》, 2024-12-01.
        """
        return max(self.in_force_at, start_of_day(self.regime.from_day))
