"""Rule on the bank's delay of a held transfer: once, before it is due, by 72 hours at most."""

from datetime import datetime, timedelta

from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from transfers.refusals import DelayNotOffered
from transfers.vocabulary import DELAY_HOURS_MAX, TransferStatus


def check_delay(
    status: str, due_at: datetime | None, first_due_at: datetime | None, *, until: datetime, at: datetime
) -> None:
    """Check that the bank may delay a transfer until an instant (延缓到账).

    :param first_due_at: its due instant before an earlier delay; None if there was none.
    :raises DelayNotOffered: when it is not held, is due, or was delayed before.
    :raises BadRequest: when `until` is not later than `due_at`, or more than 72 hours later.
    :source: 反电信网络诈骗法 第十八条, 2022-12-01: a delay of payment (延迟支付结算); 72 hours are a house rule.
    """
    if status != TransferStatus.HELD or due_at is None or first_due_at is not None or at >= due_at:
        raise DelayNotOffered
    if not due_at < until <= due_at + timedelta(hours=DELAY_HOURS_MAX):
        late = Text(
            f"须晚于预计到账时间，且不超过其后{DELAY_HOURS_MAX}小时。",
            f"Later than the due instant, and by {DELAY_HOURS_MAX} hours at most.",
        )
        raise BadRequest({"until": [late]})
