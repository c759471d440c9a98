"""Notices to customers about a transfer: the right tense, always with the warning and the phone numbers."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from transfers.policy.fraud_warnings import fraud_warnings
from transfers.policy.notices import notice as notice_with
from transfers.vocabulary import TransferStatus

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)
notice = partial(notice_with, warnings=fraud_warnings([]))


def test_a_real_time_transfer_has_arrived_only_once_it_is_submitted():
    before, after = notice("posted", NOON, submitted=False), notice("posted", NOON)
    assert before["zh"].startswith("提交后立即到账，不能撤销。")
    assert before["en"].startswith("The funds arrive immediately on submission")
    assert after["zh"].startswith("资金已到账，不能撤销。")
    assert after["en"].startswith("The funds have arrived")


@pytest.mark.parametrize("status", TransferStatus)
def test_each_notice_warns_of_the_safe_account_and_names_phone_numbers(status):
    for text in notice(status, NOON).values():
        assert "96110" in text
        assert "110" in text.replace("96110", "")
    assert "“安全账户”" in notice(status, NOON)["zh"]


def test_notice_of_a_held_transfer_says_that_it_is_not_in_real_time():
    text = notice("held", NOON)
    assert text["zh"].startswith("本笔转账非实时到账，资金将于2026年1月5日12:00:00到账。")
    assert text["en"].startswith(
        "This transfer does not arrive in real time: the funds arrive at 12:00:00 on 5 January 2026 (Beijing time)"
    )
    for status in set(TransferStatus) - {TransferStatus.HELD}:
        assert "非实时到账" not in notice(status, NOON)["zh"]


def test_notice_of_an_overdue_transfer_promises_no_arrival_and_no_cancellation():
    ahead = notice("held", NOON, at=NOON - timedelta(microseconds=1))
    assert ahead == notice("held", NOON)
    due = notice("held", NOON, at=NOON)
    assert due["zh"].startswith("该转账已到期，尚未到账，正在处理，不能再申请撤销。")
    assert due["en"].startswith("This transfer is due and is being processed; it can no longer be cancelled.")
    assert "96110" in due["zh"]


def test_notice_of_a_due_transfer_to_another_bank_says_that_it_is_being_paid_out():
    due = notice("held", NOON, at=NOON, to_another_bank=True)
    assert due["zh"].startswith("该转账已到期，本行正在办理转出，不能再申请撤销；到账时间以收款银行入账为准。")
    assert due["en"].startswith("This transfer is due and this bank is paying it out; it can no longer be cancelled.")
    assert "尚未到账" not in due["zh"]


def test_notice_promises_no_arrival_at_another_bank():
    held = notice("held", NOON, to_another_bank=True)
    assert held["zh"].startswith(
        "本笔转账非实时到账，本行将于2026年1月5日12:00:00办理转出，到账时间以收款银行入账为准。此前付款人"
    )
    assert "this bank pays it out at 12:00:00 on 5 January 2026 (Beijing time), and the funds arrive when" in held["en"]
    before, after = (notice("posted", NOON, to_another_bank=True, submitted=submitted) for submitted in (False, True))
    assert before["zh"].startswith("提交后本行立即办理转出，不能撤销；到账时间以收款银行入账为准。")
    assert after["zh"].startswith("本行已办理转出，不能撤销；到账时间以收款银行入账为准。")
    for texts in (held, before, after):
        assert "资金已到账" not in texts["zh"]
        assert "96110" in texts["zh"]


def test_notice_of_an_unexecuted_transfer_is_the_same_for_every_bank():
    for status in (TransferStatus.CANCELLED, TransferStatus.RETURNED, TransferStatus.REFUSED):
        assert notice(status, NOON, to_another_bank=True) == notice(status, NOON)
