"""The fifteen situations that a run must meet, each found in answers, observations and rows.

This module does not know which scripts ran: a situation counts if the evidence shows it, whatever its cause.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import Any

from benchmarks.drills.chaos.history import History, Operation, Sample, SeenSession

TENTH_MILLISECONDS = 100
#: A program without sessions in this many consecutive observations is dead, not between two sessions.
LOOKS = 3
#: Seconds after the return of the broker in which releases by the watcher still belong to its absence.
HELP_SECONDS = 5.0
#: Database session names of release workers: the bank's own, and the one with the wrong clock.
CELERY = ("release", "ahead")
_ENDED_BADLY = frozenset({"CANCEL_TOO_LATE", "ALREADY_POSTED"})
_RESTRICTED = frozenset({"CASE_ACCOUNT_STOPPED", "NON_COUNTER_SUSPENDED", "PAYMENT_BUSINESS_SUSPENDED"})


@dataclass(frozen=True, slots=True)
class Hold:
    """A transfer as the database has it at the end.

    :ivar accepted_at: this and the other instants by the bank's clock.
    :ivar attempts: number of failed releases.
    """

    id: str
    status: str
    outcome_code: str
    accepted_at: datetime
    due_at: datetime
    ended_at: datetime | None
    attempts: int
    released_by: str
    lateness_ms: int | None
    steps: int


@dataclass(slots=True)
class Seen:
    """All data of a run: its history and the rows of its transfers."""

    history: History
    holds: Mapping[str, Hold]
    samples: Sequence[Sample] = field(init=False)
    by_kind: dict[str, list[Operation]] = field(init=False)

    def __post_init__(self) -> None:
        self.samples = list(self.history.samples)
        self.by_kind = {}
        for each in list(self.history.operations):
            self.by_kind.setdefault(each.kind, []).append(each)

    def bank_at(self, real: float) -> float:
        """Return the bank's instant for an instant of this machine, by the last observation before it."""
        before = [each for each in self.samples if each.ended <= real] or self.samples[:1]
        return real + before[-1].bank - before[-1].ended

    def of(self, kind: str) -> list[Operation]:
        """Return the requests of a kind."""
        return self.by_kind.get(kind, [])


def cancel_lost_to_release(seen: Seen) -> Iterator[str]:
    """Yield cancellations requested in time but refused, whose transfer was posted."""
    for each in seen.of("cancel"):
        hold = seen.holds.get(each.subject)
        posted = each.code in _ENDED_BADLY and hold is not None and hold.status == "posted"
        if posted and hold and seen.bank_at(each.begun) < hold.due_at.timestamp():
            yield f"{each.subject}: {each.code}"


def release_lost_to_cancel(seen: Seen) -> Iterator[str]:
    """Yield cancellations decided before the due instant and answered after it, so that the release lost."""
    for each in seen.of("cancel"):
        hold = seen.holds.get(each.subject)
        if each.status == 200 and hold and hold.status == "cancelled" and hold.ended_at:
            due = hold.due_at.timestamp()
            if hold.ended_at.timestamp() < due < seen.bank_at(each.answered):
                yield f"{each.subject}: decided {round((due - hold.ended_at.timestamp()) * 1000)} ms before it was due"


def payer_frozen_at_due(seen: Seen) -> Iterator[str]:
    """Yield transfers returned because the payer was frozen."""
    yield from _returned(seen, {"ACCOUNT_FROZEN"})


def payee_closed_at_due(seen: Seen) -> Iterator[str]:
    """Yield transfers returned because the payee's account was closed."""
    yield from _returned(seen, {"ACCOUNT_CLOSED"})


def certificate_between(seen: Seen) -> Iterator[str]:
    """Yield transfers stopped by a certificate that came into force between acceptance and due instant."""
    approved = [
        seen.bank_at(each.answered) for each in seen.of("approve certificate") if each.facts.get("status") == "approved"
    ]
    for each in _stopped(seen, _RESTRICTED):
        if any(each.accepted_at.timestamp() < at < each.due_at.timestamp() for at in approved):
            yield f"{each.id}: {each.outcome_code}"


def commit_in_doubt(seen: Seen) -> Iterator[str]:
    """Yield orders whose first answer was lost after the commit and came again under the same key."""
    for each in seen.of("accept"):
        unknown = any(not attempt.answer[:1].isdigit() for attempt in each.tries[:-1])
        if each.status == 201 and unknown and each.tries[-1].replayed:
            yield f"{each.subject}: {each.tries[0].answer}, then the answer of the first"


def key_in_progress(seen: Seen) -> Iterator[str]:
    """Yield requests that met their own first attempt still in progress."""
    for operations in seen.by_kind.values():
        for each in operations:
            if any("IDEMPOTENCY_KEY_IN_PROGRESS" in attempt.answer for attempt in each.tries):
                yield f"{each.kind} {each.subject}"


def approval_decided_twice(seen: Seen) -> Iterator[str]:
    """Yield approvals with two decisions at the same time: one was accepted, the other refused."""
    decisions = [each for kind in ("approve", "reject") for each in seen.of(kind)]
    for won in decisions:
        for lost in decisions:
            together = max(won.begun, lost.begun) < min(won.answered, lost.answered)
            refused = lost.code == "APPROVAL_DECIDED" and won.status == 200
            if won.subject == lost.subject and together and refused:
                yield f"{won.subject}: {won.kind} was accepted, {lost.kind} was refused"


def two_releasers_at_one_time(seen: Seen) -> Iterator[str]:
    """Yield tenths of a second whose transfers Celery and the watcher released in part."""
    tenths: dict[int, dict[str, int]] = {}
    for each in seen.holds.values():
        if each.released_by:
            counts = tenths.setdefault(ceil(each.due_at.timestamp() * 1000 / TENTH_MILLISECONDS), {})
            counts[each.released_by] = counts.get(each.released_by, 0) + 1
    yield from (f"tenth {tenth}: {counts}" for tenth, counts in tenths.items() if len(counts) > 1)


def parked_and_released(seen: Seen) -> Iterator[str]:
    """Yield transfers whose release failed and that were posted later."""
    yield from (f"{each.id}" for each in seen.holds.values() if each.attempts and each.status == "posted")


def watcher_after_celery_died(seen: Seen) -> Iterator[str]:
    """Yield periods without release workers in which the watcher released."""
    for stretch in _stretches(seen.samples, _celery_is_dead):
        if _more(stretch, "watcher") and not _more(stretch[1:], "celery"):
            yield f"{_more(stretch, 'watcher')} within {stretch[-1].began - stretch[0].began:.1f} s"


def celery_took_over(seen: Seen) -> Iterator[str]:
    """Yield periods without a broker in which the watcher released, and after which Celery released again."""
    for stretch in _stretches(seen.samples, lambda each: not each.broker):
        # Celery still releases what it took from the broker before; its return is shown by releases after the watcher's
        # help.
        near = [each for each in seen.samples if stretch[0].began < each.began < stretch[-1].ended + HELP_SECONDS]
        help_came = next((each for each in near if _counted(each, "watcher") > _counted(stretch[0], "watcher")), None)
        if help_came is None:
            continue
        after = [each for each in seen.samples if each.broker and each.began > max(help_came.ended, stretch[-1].ended)]
        again = next((each for each in after if _counted(each, "celery") > _counted(help_came, "celery")), None)
        if again:
            helped = _counted(again, "watcher") - _counted(stretch[0], "watcher")
            yield f"{helped} by the watcher, Celery again {again.began - stretch[-1].began:.1f} s after the last look without"


def killed_holding_locks(seen: Seen) -> Iterator[str]:
    """Yield sessions with row locks that ended because all processes of their program were killed."""
    for place, sample in enumerate(seen.samples):
        for session in sample.busy:
            before = set(sample.processes.get(session.part, []))
            for later in seen.samples[place + 1 : place + 1 + LOOKS]:
                gone = before and not before & set(later.processes.get(session.part, []))
                if gone and later.started == sample.started and not _there(session, later):
                    yield f"{session.part}, session {session.pid}"
                    break


def restarted_in_mid_batch(seen: Seen) -> Iterator[str]:
    """Yield batches in progress at the last observation before a restart of the database."""
    for before, after in pairwise(seen.samples):
        if after.started > before.ended:
            yield from (
                f"{each.part}, session {each.pid}; the server anew {after.started - before.ended:.1f} s later"
                for each in before.busy
                if each.part in {"release", "watcher"}
            )


def clock_moved_under_way(seen: Seen) -> Iterator[str]:
    """Yield transfers due before the bank's clock was moved and released after that."""
    for before, after in pairwise(seen.samples):
        jump = (after.bank - after.ended) - (before.bank - before.ended)
        if jump > 0.5:
            landed = before.bank + jump
            for each in seen.holds.values():
                ended = each.ended_at.timestamp() if each.ended_at and each.released_by else 0.0
                if each.due_at.timestamp() <= before.bank and ended >= landed:
                    yield f"{each.id}: moved by {jump:.1f} s"


SITUATIONS: Mapping[str, Callable[[Seen], Iterator[str]]] = {
    "cancel lost to release": cancel_lost_to_release,
    "release lost to cancel": release_lost_to_cancel,
    "payer frozen at due": payer_frozen_at_due,
    "payee closed at due": payee_closed_at_due,
    "certificate in force between acceptance and due": certificate_between,
    "commit in doubt resolved by its key": commit_in_doubt,
    "the same key in progress twice": key_in_progress,
    "an approval decided twice": approval_decided_twice,
    "two releasers at one time": two_releasers_at_one_time,
    "a row parked and released later": parked_and_released,
    "the watcher released after Celery died": watcher_after_celery_died,
    "Celery took over after the broker came back": celery_took_over,
    "a process killed holding locks": killed_holding_locks,
    "the database restarted in mid-batch": restarted_in_mid_batch,
    "the clock moved with releases under way": clock_moved_under_way,
}


def found(seen: Seen) -> dict[str, list[str]]:
    """Return the evidence for each situation; empty if it did not occur."""
    return {name: list(look(seen)) for name, look in SITUATIONS.items()}


def _stopped(seen: Seen, codes: frozenset[str] | set[str]) -> Iterator[Hold]:
    yield from (each for each in seen.holds.values() if each.status == "returned" and each.outcome_code in codes)


def _returned(seen: Seen, codes: set[str]) -> Iterator[str]:
    yield from (f"{each.id}: {each.outcome_code}" for each in _stopped(seen, codes))


def _stretches(samples: Sequence[Sample], true: Callable[[Sample], bool]) -> Iterator[list[Sample]]:
    """Yield sequences of observations in which a condition holds, with one more on each side."""
    stretch: list[Sample] = []
    for place, sample in enumerate(samples):
        if true(sample):
            stretch = stretch or list(samples[max(place - 1, 0) : place])
            stretch.append(sample)
        elif stretch:
            if len(stretch) > LOOKS:
                yield stretch
            stretch = []


def _celery_is_dead(sample: Sample) -> bool:
    return not any(sample.sessions.get(part) for part in CELERY)


def _counted(sample: Sample, by: str) -> int:
    return sample.released.get(by, 0)


def _more(stretch: Sequence[Sample], by: str) -> int:
    return _counted(stretch[-1], by) - _counted(stretch[0], by)


def _there(session: SeenSession, sample: Sample) -> bool:
    return any((each.pid, each.began) == (session.pid, session.began) for each in sample.busy)


def rows_of(found_rows: Sequence[Mapping[str, Any]]) -> dict[str, Hold]:
    """Return transfers by id."""
    return {row["id"]: Hold(**row) for row in found_rows}
