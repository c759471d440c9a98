"""A certificate in force as the rules see it, and the re-verification that lifts the suspension of a case account's holder.

Used by the rules on restrictions and by whoever gathers their facts.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from blacklist.policy.penalties import regime_of
from blacklist.policy.remarks import PaperFacts
from blacklist.regimes import LegalBasis, Regime
from blacklist.vocabulary import Category
from config.kernel.law.dates import start_of_day

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reverified:
    """A customer's last re-verification in force (重新核实).

    :ivar at: the instant of its approval.
    :ivar knowing: the certificates of case accounts that its checker was shown: they came into force before it, also
        those of the same instant of the clock.
    """

    at: datetime
    knowing: frozenset[UUID] = frozenset()

    def comes_after(self, certificate_id: UUID, in_force_at: datetime) -> bool:
        """Return whether a certificate was in force before it: only then does it lift the certificate's suspension.

        :source: 银发〔2016〕261号 一(二), from 2017-01-01; house rule: of two acts at one instant the order counts.
        """
        return in_force_at < self.at or (in_force_at == self.at and certificate_id in self.knowing)


def reverified(at: datetime | None, knowing: Collection[UUID] | None) -> Reverified | None:
    """Return a holder's last re-verification from its two columns, None where there was none."""
    return None if at is None else Reverified(at, frozenset(knowing or ()))


@dataclass(frozen=True, slots=True)
class Listing:
    """One certificate in force, and by what it hits: a named subject or a case account here.

    Exactly one of `identity_key`, `account_number` and `card_key` is set. `in_force_at` is the instant of the
    approval: before it the certificate restricted nobody.

    :ivar names_outside: whether the certificate names a case account at another bank, too.
    :ivar term: first and last day of the term that the paper states, both inclusive.
    :ivar provisional: whether it is undecided, and stops no more than the account it names, provisionally; `in_force_at`
        is then the instant of the registration.
    :ivar since: of a correction, from when on what it corrects listed the same: the days of grace run from then, and whoever
        was identified again after it stays free. It restricts from its own approval on all the same.
    :ivar corrects: the certificate whose place it has taken.
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
    provisional: bool = False
    since: datetime | None = None
    corrects: UUID | None = None

    @classmethod
    def of_paper(cls, paper: PaperFacts, at: datetime, certificate_id: UUID = _NOBODY) -> "Listing":
        """Return a certificate as it lists whom it names, were it in force from an instant on."""
        return cls(
            certificate_id=certificate_id,
            category=paper.category,
            legal_basis=LegalBasis(paper.legal_basis),
            certified_on=paper.certified_on,
            in_force_at=at,
            identity_key=b"",
            term=paper.term,
        )

    @property
    def regime(self) -> Regime:
        """Return the rules that its legal basis brings.

        :raises LegalBasisNotOffered: for a basis that this version has no regime for.
        """
        return regime_of(self.legal_basis)

    @property
    def of_holder(self) -> bool:
        """Say whether it hits the holder of a case account (开户人).

        Whoever holds an account that is named here is hit by that account. A subject is a holder by being named only
        where an account at another bank may be the subject's: who holds that this bank cannot see.

        :source: 通告第五条, 银发〔2016〕261号 一(二): 涉案账户开户人名下其他银行账户, and nobody else's.
        """
        return self.identity_key is None or self.names_outside

    @property
    def named_since(self) -> datetime:
        """Return from when on it lists whom it hits, or what it corrects did.

        House rule (本行规则): what a correction leaves as it was neither has its days of grace anew nor is suspended again.
        """
        return self.since or self.in_force_at

    def is_lifted_by(self, reverified: Reverified | None) -> bool:
        """Say whether a holder was identified again after it came into force, or after what it corrects did."""
        if reverified is None:
            return False
        papers = filter(None, (self.certificate_id, self.corrects if self.since else None))
        return any(reverified.comes_after(each, self.named_since) for each in papers)

    @property
    def restricts_from(self) -> datetime:
        """Return from when it restricts anybody: from its approval, and not before its legal basis does.

        :source: 通告第五条, 2017-01-01; 银发〔2019〕85号, 2019-04-01; 《联合惩戒办法》, 2024-12-01.
        """
        return max(self.in_force_at, start_of_day(self.regime.from_day))
