"""Which letters a customer is owed by what certificates say, and whether one may be issued (信函)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.letters.refusals import LetterAlreadyIssued, LetterNotDue
from accounts.letters.vocabulary import BEGINNING, LetterKind

#: What a letter tells: its kind, and the id of what it tells of.
type Telling = tuple[LetterKind, UUID]


@dataclass(frozen=True, slots=True)
class Bearing:
    """What one certificate means for one customer at an instant (认定书对客户的效力).

    :ivar revocation_id: of what revoked it, or took the customer out of it; None while it bears on the customer, and only
        then the rest says something.
    :ivar penalized: whether it brings measures against the customer.
    :ivar until: when the longest of these is over, exclusive; None where it has no end.
    :ivar stops: whether it stops an account of the customer's as a case account.
    :ivar suspends: whether it suspends the customer's other accounts, unless they were identified again since.
    :ivar reverified_by: of what identified them again since.
    :ivar corrects: the certificates whose place it has taken: what a letter told of these has begun, too.
    """

    certificate_id: UUID
    revocation_id: UUID | None = None
    penalized: bool = False
    until: datetime | None = None
    stops: bool = False
    suspends: bool = False
    reverified_by: UUID | None = None
    corrects: tuple[UUID, ...] = ()

    def begun(self, kind: LetterKind, issued: Collection[Telling]) -> bool:
        """Say whether a letter has told a beginning, of it or of what it corrects."""
        return any((kind, each) in issued for each in (self.certificate_id, *self.corrects))


def letters_of(bearing: Bearing, issued: Collection[Telling], at: datetime) -> Iterator[Telling]:
    """Yield what letters tell of a certificate as it bears on a customer, issued already or not.

    What begins is told while it lasts. What ends is told to whom its beginning was told.

    :param issued: what letters to this customer have told.
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
        elif bearing.begun(LetterKind.PENALTY, issued):
            yield LetterKind.END, certificate_id
    if bearing.stops:
        yield LetterKind.CASE_ACCOUNT, certificate_id
    if bearing.suspends and bearing.reverified_by is None:
        yield LetterKind.SUSPENSION, certificate_id
    elif bearing.reverified_by is not None and bearing.begun(LetterKind.SUSPENSION, issued):
        yield LetterKind.LIFT, bearing.reverified_by


def release_told(revocations: Sequence[UUID], issued: Collection[Telling]) -> UUID | None:
    """Return which of the revocations that took a customer out of a certificate is told: the last, and one of them once.

    :param revocations: of one certificate, the last one last.
    :param issued: what letters to this customer have told.
    :source: house rule on what ends.
    """
    told = (each for each in revocations if (LetterKind.LIFT, each) in issued)
    return next(told, revocations[-1] if revocations else None)


def is_told_anew(kind: LetterKind, *, named: date | None, now: date | None) -> bool:
    """Say whether what a letter has told is to be told anew: a penalty of which it named another last day than today's.

    Where terms add up (累计执行), the end moves with what is certified, or revoked, beside the paper.

    :param named: the last day that the last letter named, `now` the one that holds.
    :source: 《联合惩戒办法》第十二条 (告知惩戒期限).
    """
    return kind is LetterKind.PENALTY and named != now


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What the rule on one letter sees.

    :ivar applies: whether what it would tell is so now.
    :ivar issued: the letter that told it last, None where none did.
    :ivar differs: whether it would say anything else than that one.
    """

    applies: bool
    issued: UUID | None = None
    differs: bool = False


def check_issue(facts: IssueFacts) -> None:
    """Check that a letter may be issued: what it tells is so, and no letter has said the same.

    :raises LetterNotDue: when there is nothing of it to tell.
    :raises LetterAlreadyIssued: naming the one that says it.
    :source: house rule on letters: what was issued stands, and only what differs takes its place.
    """
    if not facts.applies:
        raise LetterNotDue
    if facts.issued is not None and not facts.differs:
        raise LetterAlreadyIssued(letter_id=str(facts.issued))
