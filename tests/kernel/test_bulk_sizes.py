"""The size of a piece of bulk work follows from the time for which the last piece held its locks."""

import pytest

from config.kernel.database import bulk as pieces
from config.kernel.database.bulk import Pieces


class Watch:
    """A clock that the test moves, and a record of the pauses."""

    def __init__(self) -> None:
        self.now, self.paused = 100.0, []
        self.sleep = self.paused.append

    def monotonic(self) -> float:
        return self.now

    def pieces(self) -> Pieces:
        return Pieces(seconds=0.25, first=50, most=1000)

    def take(self, pieces: Pieces, seconds: float, count: int | None = None) -> int:
        """Execute a piece that holds its locks for some seconds; return the size of the next piece."""
        pieces.locked()
        self.now += seconds
        pieces.done(pieces.size if count is None else count)
        return pieces.size


@pytest.fixture
def watch(monkeypatch):
    made = Watch()
    monkeypatch.setattr(pieces, "time", made)
    return made


def test_a_piece_that_took_too_long_is_followed_by_a_smaller_one(watch):
    pieces = watch.pieces()
    assert watch.take(pieces, 0.5) == 25
    assert watch.take(pieces, 5.0) == 1
    assert watch.take(pieces, 5.0) == 1


def test_a_piece_that_was_short_is_followed_by_one_of_up_to_twice_its_size(watch):
    pieces = watch.pieces()
    assert [watch.take(pieces, seconds) for seconds in (0.1875, 0.001, 0.125)] == [66, 132, 264]


def test_no_piece_is_larger_than_the_largest(watch):
    pieces = watch.pieces()
    assert [watch.take(pieces, 0.0) for _ in range(6)] == [100, 200, 400, 800, 1000, 1000]


def test_size_of_a_larger_piece_is_measured_by_its_rows(watch):
    pieces = watch.pieces()
    assert watch.take(pieces, 2.5, count=500) == 50


def test_a_piece_that_found_nothing_changes_no_size(watch):
    pieces = watch.pieces()
    assert watch.take(pieces, 9.0, count=0) == 50


def test_the_pause_is_a_share_of_the_time_for_which_the_locks_were_held(watch):
    pieces = watch.pieces()
    watch.take(pieces, 0.5)
    watch.take(pieces, 0.125)
    assert watch.paused == pytest.approx([0.25, 0.0625])


def test_only_the_time_under_the_locks_counts(watch):
    pieces = watch.pieces()
    watch.now += 60
    assert watch.take(pieces, 0.25) == 50


def test_a_piece_that_took_no_locks_changes_nothing(watch):
    pieces = watch.pieces()
    pieces.done(50)
    assert (pieces.size, watch.paused) == (50, [])


def test_a_piece_that_is_run_again_is_measured_from_its_last_locks(watch):
    pieces = watch.pieces()
    pieces.locked()
    watch.now += 3
    assert watch.take(pieces, 0.25) == 50
