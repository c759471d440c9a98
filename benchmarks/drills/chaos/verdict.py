"""Verdict of a run: holds are explained, money is constant, answers are kept, no release early or twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from benchmarks.drills.chaos import linearizability
from benchmarks.drills.chaos.history import Operation, Sample
from benchmarks.drills.chaos.linearizability import HoldAct, Name
from benchmarks.drills.chaos.situations import Hold, Seen

#: Status of the hold that a refused cancellation shows.
_SAYS = {
    "CANCEL_TOO_LATE": linearizability.TOO_LATE,
    "ALREADY_POSTED": linearizability.POSTED,
    "ALREADY_RETURNED": linearizability.RETURNED,
}
SHOWN = 5


@dataclass(slots=True)
class RunVerdict:
    """The promises, each with the evidence against it; no evidence means that it was kept."""

    against: dict[str, list[str]] = field(default_factory=dict)

    def hold(self, promise: str, against: Iterable[str]) -> None:
        """Add a promise with the evidence against it."""
        self.against[promise] = list(against)

    @property
    def kept(self) -> bool:
        """Return whether there is no evidence against any promise."""
        return not any(self.against.values())


def judge(seen: Seen) -> RunVerdict:
    """Judge the history and the rows of transfers; questions to the bank are judged elsewhere."""
    accepted = _accepted(seen)
    verdict = RunVerdict()
    verdict.hold("every hold's history is explained by some order of single steps", _unexplained(seen, accepted))
    verdict.hold("money is constant in every look", _money(seen.samples))
    verdict.hold("what was acknowledged is there", _missing(seen, accepted))
    verdict.hold("what was not asked for is not there", _unasked(seen, accepted))
    verdict.hold("nothing is early", _early(seen.holds.values()))
    verdict.hold("each ended once", (each.id for each in seen.holds.values() if each.steps > 1))
    verdict.hold(
        "all ended in the end", (each.id for each in seen.holds.values() if each.status == linearizability.HELD)
    )
    verdict.hold(
        "unknown is resolved by the same key",
        (each.key for each in seen.history.operations if each.key and each.status is None),
    )
    verdict.hold("no answer of 5xx but 503", _failures(seen.history.operations))
    return verdict


def acts(seen: Seen, hold: Hold, asked: Sequence[Operation], accepted: Sequence[Operation]) -> Iterator[HoldAct]:
    """Yield the known acts on a hold, with their times.

    :param asked: cancellations and reads of the hold.
    :param accepted: requests of its order, one or more under its key.
    """
    began = min(each.begun for each in accepted)
    yield HoldAct(Name.ACCEPT, linearizability.HELD, began, min(each.answered for each in accepted))
    not_before, not_after = _bounds(seen.samples, hold.due_at.timestamp())
    yield HoldAct(Name.FALL_DUE, "", not_before, not_after)
    if hold.status in {linearizability.POSTED, linearizability.RETURNED}:
        yield HoldAct(Name.RELEASE, hold.status)
    for each in asked:
        if each.kind == "read" and each.status == 200:
            yield HoldAct(Name.READ, str(each.facts["status"]), each.tries[-1].sent, each.answered)
        if each.kind == "cancel":
            yield from _cancellation(each)


def _cancellation(asked: Operation) -> Iterator[HoldAct]:
    if asked.status == 200:
        yield HoldAct(Name.CANCEL, linearizability.CANCELLED, asked.begun, asked.answered)
    elif asked.code in _SAYS:
        # A refusal proves nothing about earlier attempts, because it answers the last one.
        yield HoldAct(Name.CANCEL, _SAYS[asked.code], asked.tries[-1].sent, asked.answered)
        if len(asked.tries) > 1:
            yield HoldAct(Name.CANCEL, linearizability.CANCELLED, asked.begun, certain=False)
    elif asked.status is None:
        yield HoldAct(Name.CANCEL, linearizability.CANCELLED, asked.begun, certain=False)


def _bounds(samples: Sequence[Sample], due: float) -> tuple[float, float]:
    """Return the machine's instants between which the bank's clock passed a due instant."""
    low = max((each.began for each in samples if each.bank < due), default=-inf)
    high = min((each.ended for each in samples if each.bank >= due), default=inf)
    return low, high


def _accepted(seen: Seen) -> dict[str, list[Operation]]:
    """Return the orders that were answered with a hold, by the hold's id."""
    found: dict[str, list[Operation]] = {}
    for each in seen.of("accept"):
        if each.status == 201:
            found.setdefault(each.subject, []).append(each)
    return found


def _unexplained(seen: Seen, accepted: Mapping[str, Sequence[Operation]]) -> Iterator[str]:
    asked: dict[str, list[Operation]] = {}
    for each in (*seen.of("cancel"), *seen.of("read")):
        asked.setdefault(each.subject, []).append(each)
    for subject, orders in accepted.items():
        if hold := seen.holds.get(subject):
            broken = linearizability.check(acts(seen, hold, asked.get(subject, ()), orders))
            if broken:
                yield f"{subject}: {broken}"


def _money(samples: Sequence[Sample]) -> Iterator[str]:
    for each in samples:
        if each.total_fen != samples[0].total_fen:
            yield f"{each.began:.1f}: {each.total_fen} fen, not {samples[0].total_fen}"
        if each.held_fen != each.holds_fen:
            yield f"{each.began:.1f}: {each.held_fen} fen are reserved for holds of {each.holds_fen}"


def _missing(seen: Seen, accepted: Mapping[str, Sequence[Operation]]) -> Iterator[str]:
    for subject, orders in accepted.items():
        hold = seen.holds.get(subject)
        if hold is None:
            yield f"{subject}: accepted, and not there"
        elif any(abs(each.facts["due_at"] - hold.due_at.timestamp()) > 1e-3 for each in orders):
            yield f"{subject}: its due instant is another"
    for each in seen.of("cancel"):
        hold = seen.holds.get(each.subject)
        if each.status == 200 and (hold is None or hold.status != linearizability.CANCELLED):
            yield f"{each.subject}: cancelled, and {hold.status if hold else 'not there'}"


def _unasked(seen: Seen, accepted: Mapping[str, Sequence[Operation]]) -> Iterator[str]:
    yield from (subject for subject in seen.holds if subject not in accepted)
    for subject, orders in accepted.items():
        if len({each.key for each in orders}) > 1:
            yield f"{subject}: of two keys"
    by_key: dict[str, set[str]] = {}
    for subject, orders in accepted.items():
        for each in orders:
            by_key.setdefault(each.key, set()).add(subject)
    yield from (f"{key}: {len(subjects)} transfers" for key, subjects in by_key.items() if len(subjects) > 1)


def _early(holds: Iterable[Hold]) -> Iterator[str]:
    for each in holds:
        late = each.ended_at is None or each.status == linearizability.CANCELLED or each.ended_at >= each.due_at
        if not late or (each.lateness_ms or 0) < 0:
            yield each.id


def _failures(operations: Iterable[Operation]) -> Iterator[str]:
    for each in operations:
        for attempt in each.tries:
            if attempt.answer[:1] == "5" and not attempt.answer.startswith("503"):
                yield f"{each.kind}: {attempt.answer}"
