"""The linearizability checker accepts explainable histories and reports the others."""

import pytest

from benchmarks.drills.chaos.linearizability import (
    CANCELLED,
    HELD,
    POSTED,
    RETURNED,
    TOO_LATE,
    HoldAct,
    Name,
    check,
)


def accept(begun=0, ended=1):
    return HoldAct(Name.ACCEPT, HELD, begun, ended)


def due(begun=10, ended=10.1):
    return HoldAct(Name.FALL_DUE, "", begun, ended)


def release(result=POSTED):
    return HoldAct(Name.RELEASE, result)


def cancel(begun, ended, result=CANCELLED):
    return HoldAct(Name.CANCEL, result, begun, ended)


def read(status, begun, ended):
    return HoldAct(Name.READ, status, begun, ended)


def unknown_cancel(begun):
    return HoldAct(Name.CANCEL, CANCELLED, begun, certain=False)


GOOD = {
    "held, due, posted": [accept(), due(), release(), read(HELD, 2, 3), read(POSTED, 10.2, 10.3)],
    "due and still held": [accept(), due(), release(), read(HELD, 11, 12), read(POSTED, 12, 13)],
    "cancelled, asked again, and never released": [
        accept(),
        due(),
        cancel(5, 6),
        cancel(7, 8),
        read(CANCELLED, 11, 12),
    ],
    "a cancellation over the due instant may have been before it": [
        accept(),
        due(),
        cancel(9, 12),
        read(HELD, 9.5, 9.6),
    ],
    "one that was refused over it may have been after it": [accept(), due(), release(), cancel(9, 12, TOO_LATE)],
    "refused because it was posted meanwhile": [accept(), due(), release(), cancel(9.9, 12, POSTED)],
    "returned": [accept(), due(), release(RETURNED), cancel(11, 12, RETURNED)],
    "nobody knows of a cancellation: it was": [accept(), due(), unknown_cancel(5), read(CANCELLED, 11, 12)],
    "nobody knows of a cancellation: it was not": [accept(), due(), release(), unknown_cancel(5), read(POSTED, 11, 12)],
    "the acceptance was not answered, and it is there": [HoldAct(Name.ACCEPT, HELD, 0), due(), read(HELD, 3, 4)],
    "two looks at once may see before and after": [
        accept(),
        due(),
        release(),
        read(HELD, 10, 12),
        read(POSTED, 10, 12),
    ],
}
BAD = {
    "released early": [accept(), due(), release(), read(POSTED, 8, 9)],
    "cancelled and posted": [accept(), due(), release(), cancel(5, 6)],
    "cancelled after the due instant": [accept(), due(), cancel(10.2, 10.5)],
    "refused for the time before it": [accept(), due(), release(), cancel(5, 6, TOO_LATE)],
    "answered posted and then held": [accept(), due(), release(), read(POSTED, 11, 12), read(HELD, 12.1, 13)],
    "seen before it was asked for": [accept(5, 6), due(), read(HELD, 1, 2)],
    "refused for the time, then cancelled": [accept(), due(9, 12), cancel(9.1, 9.3, TOO_LATE), cancel(9.4, 9.6)],
    "cancelled, and seen held": [accept(), due(), cancel(5, 6), read(HELD, 7, 8)],
    "released twice": [accept(), due(), release(), release(RETURNED)],
    "accepted twice": [accept(), accept(2, 3), due()],
    "a cancellation of which nobody knows explains nothing before it was asked": [
        accept(), due(), unknown_cancel(5), read(CANCELLED, 3, 4),
    ],
    "refused as posted before the due instant": [accept(), due(), release(), cancel(5, 6, POSTED)],
}  # fmt: skip


@pytest.mark.parametrize("acts", GOOD.values(), ids=GOOD)
def test_a_good_history_is_explained(acts):
    assert check(acts) is None


@pytest.mark.parametrize("acts", BAD.values(), ids=BAD)
def test_bad_history_is_reported_with_the_blocking_operation(acts):
    broken = check(acts)
    assert broken is not None
    assert broken.left
    assert str(broken.left[0].name) in str(broken)
