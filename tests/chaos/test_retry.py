"""`make chaos` repeats a run if situations were missing, and never after a broken promise."""

import pytest

from benchmarks import __main__ as runner
from benchmarks.bank import report
from benchmarks.drills import temporary_bank


@pytest.mark.parametrize(
    ("codes", "came"), [([0], 0), ([1, 0], 1), ([runner.NOT_MET, 0], 0), ([runner.NOT_MET, 1], 1)], ids=str
)
def test_run_with_missing_situations_is_repeated_once(monkeypatch, codes, came):
    left = iter(codes)
    monkeypatch.setattr(temporary_bank, "run_in_temporary_bank", lambda *_, **__: next(left))
    assert runner.break_bank() == came
    assert list(left) == (codes[1:] if codes[0] == 1 else [])


def test_runner_and_bank_share_the_exit_code():
    assert report.NOT_MET == runner.NOT_MET
