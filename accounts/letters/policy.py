"""Rules on letters (信函): which letters a customer is owed because of certificates, and whether one may be issued."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.letters.refusals import LetterAlreadyIssued, LetterNotDue
from accounts.letters.vocabulary import BEGINNING, LetterKind

#: The subject of a letter: its kind, and the id of what it is about.
type LetterSubject = tuple[LetterKind, UUID]


@dataclass(frozen=True, slots=True)
class Bearing:
    """The effect of one certificate on one customer at an instant (认定书对客户的效力).

    :ivar revocation_id: what revoked it, or removed the customer from it; None while it applies to the customer. The
        other values have a meaning only while it is None.
    :ivar penalized: whether it brings measures against the customer.
    :ivar until: the exclusive end of the longest of these; None without an end.
    :ivar stops: whether it stops an account of the customer as a case account.
    :ivar suspends: whether it suspends the customer's other accounts, unless the customer was re-verified since.
    :ivar reverified_by: the re-verification since.
    :ivar corrects: the certificates that it has replaced: a letter about one of these counts as a letter about it.
    """

    certificate_id: UUID
    revocation_id: UUID | None = None
    penalized: bool = False
    until: datetime | None = None
    stops: bool = False
    suspends: bool = False
    reverified_by: UUID | None = None
    corrects: tuple[UUID, ...] = ()

    def was_announced(self, kind: LetterKind, issued: Collection[LetterSubject]) -> bool:
        """Return whether a letter has announced the beginning of its measures, or of those of a certificate it corrects."""
        return any((kind, each) in issued for each in (self.certificate_id, *self.corrects))


def letters_of(bearing: Bearing, issued: Collection[LetterSubject], at: datetime) -> Iterator[LetterSubject]:
    """Yield the letters that a certificate calls for at an instant, issued already or not.

    A beginning is announced while the measures last, an end only if the beginning was announced.

    :param issued: the subjects of the letters issued to this customer.
    :source: 《反电信网络诈骗法》第三十一条 (告知、申诉); 《联合惩戒办法》第十二条; 银发〔2016〕261号 一(二) (通知开户人);
        house rule on what ends.
    """
    certificate_id = bearing.certificate_id
    if bearing.revocation_id is not None:
        if any((kind, certificate_id) in issued for kind in BEGINNING):
            yield LetterKind.LIFT, bearing.revocation_id
        return
    if bearing.penalized:
        if bearing.until is None or at < bearing.until:
            yield LetterKind.PENALTY, certificate_id
        elif bearing.was_announced(LetterKind.PENALTY, issued):
            yield LetterKind.END, certificate_id
    if bearing.stops:
        yield LetterKind.CASE_ACCOUNT, certificate_id
    if bearing.suspends and bearing.reverified_by is None:
        yield LetterKind.SUSPENSION, certificate_id
    elif bearing.reverified_by is not None and bearing.was_announced(LetterKind.SUSPENSION, issued):
        yield LetterKind.LIFT, bearing.reverified_by


def revocation_to_announce(revocations: Sequence[UUID], issued: Collection[LetterSubject]) -> UUID | None:
    """Return the revocation that a release letter is about: of several the last, and none where one was announced already.

    :param revocations: of one certificate, the last one last.
    :param issued: the subjects of the letters issued to this customer.
    :source: house rule on what ends.
    """
    announced = (each for each in revocations if (LetterKind.LIFT, each) in issued)
    return next(announced, revocations[-1] if revocations else None)


def is_due_again(kind: LetterKind, *, named: date | None, now: date | None) -> bool:
    """Return whether a letter is due again because the last day of a penalty has changed.

    Where terms add up (累计执行), other certificates and revocations change the last day.

    :param named: the last day in the last letter.
    :param now: the last day that applies now.
    """
    return kind is LetterKind.PENALTY and named != now


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """Facts for the rule on issuing one letter.

    :ivar applies: whether what it announces is true now.
    :ivar issued: the last letter about the same, None where there is none.
    :ivar differs: whether its content differs from that letter's.
    """

    applies: bool
    issued: UUID | None = None
    differs: bool = False


def check_issue(facts: IssueFacts) -> None:
    """Check that a letter may be issued: what it announces is true, and no letter with the same content exists.

    :raises LetterNotDue: when what it would announce is not true now.
    :raises LetterAlreadyIssued: with the letter that has the same content.
    :source: house rule on letters: an issued letter is kept; only one with different content replaces it.
    """
    if not facts.applies:
        raise LetterNotDue
    if facts.issued is not None and not facts.differs:
        raise LetterAlreadyIssued(letter_id=str(facts.issued))
