"""Limits on misses (未命中): answers that reveal a number, a name or a balance to a caller who guesses.

Misses count for the payer that was named (for a cash call the account), whichever card, account or caller names it;
without a payer of this bank they count for the caller's key. Beyond the limit, inquiries and previews of that payer
or key are not answered, not even hits; other callers are not affected. An order or a cash call is always judged and
recorded.
Thirty misses of one key within a minute raise an alarm.
"""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from accounts.api.fields import AccountOrCard
from accounts.queries.accounts import account_exists, find_account
from config.frames.api.errors import TooMany
from config.frames.api.limiter import exhausted, hit, reaches
from config.kernel.access.keys import Caller
from config.kernel.law.refusals import Refusal
from config.kernel.models import TrailKind, TrailOutcome
from config.kernel.trail import trail
from config.kernel.vault.sealed import blind_index


@dataclass(frozen=True, slots=True)
class MissCounter:
    """The payer, or the key, for which the misses of an answer count.

    :ivar payer: the account that was named; None when it is not an account of this bank.
    :ivar counter: the name of the counter.
    :ivar subject: the keyed hash of the payer, so that the broker stores no id; or the id of the caller.
    """

    request: HttpRequest
    caller: Caller
    payer: UUID | None
    counter: str
    subject: str
    per_minute: int

    def check(self) -> None:
        """Refuse to answer when the limit of this minute is reached.

        :raises TooMany: when it is reached.
        """
        _refuse_until(exhausted(self.counter, self.subject, per_minute=self.per_minute))

    def count_miss(self, refusal: Refusal | None = None) -> None:
        """Count a miss before it is answered, so that simultaneous calls do not exceed the limit.

        :param refusal: the answer; a refusal that reveals nothing of this kind does not count.
        :raises TooMany: from the first miss beyond the limit on.
        """
        if refusal is None or refusal.is_miss:
            self._alarm()
            _refuse_until(hit(self.counter, self.subject, per_minute=self.per_minute))

    def count_refusal(self, refusal: Refusal) -> None:
        """Count the miss of an order or a cash call, which is answered whatever the count."""
        with suppress(TooMany):
            self.count_miss(refusal)

    def _alarm(self) -> None:
        most = settings.KEY_MISSES_PER_MINUTE
        if reaches("misses-of-key", str(self.caller.id), per_minute=most):
            trail.record(TrailKind.KEY_MISSES, self.request, outcome=TrailOutcome.NOT_FOUND, count=most)

    def count_answer(self) -> None:
        """Count an answer: hits are limited, too, at a higher number.

        :raises TooMany: from the first answer beyond the limit on.
        """
        _refuse_until(hit("payee-inquiry", self.subject, per_minute=settings.PAYEE_INQUIRY_HITS_PER_MINUTE))


def miss_counter(request: HttpRequest, caller: Caller, payer: AccountOrCard | None) -> MissCounter:
    """Return the payer or key for which the misses of a caller's question count.

    :param request: for the record in the trail.
    :param payer: as the request names it; None where it names none.
    """
    account_id = _account_of(payer) if payer else None
    if account_id is None:
        return MissCounter(request, caller, None, "miss-of-key", str(caller.id), settings.MISSES_OF_KEY_PER_MINUTE)
    subject = blind_index("payer", str(account_id)).hex()
    return MissCounter(request, caller, account_id, "miss-of-payer", subject, settings.MISSES_OF_PAYER_PER_MINUTE)


def _account_of(payer: AccountOrCard) -> UUID | None:
    if payer.account_id is None:
        return find_account(card_number=payer.card_number)
    return payer.account_id if account_exists(payer.account_id) else None


def _refuse_until(seconds: int) -> None:
    if seconds:
        raise TooMany(retry_after=seconds)
