"""What was seen and said around a transfer: the screen before the customer confirmed, who cancelled and why."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from config.frames.desk.labels import moment_of, value_word
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.identity.unreadable import Unreadable
from config.kernel.law.text import Text
from config.kernel.models import Decision, Outcome
from config.kernel.trail.evidence import decided
from transfers.models import Transfer
from transfers.vocabulary import TransferStatus

_SHOWN = {
    "masked_name": Text("收款人户名", "Payee's name"),
    "account_shown": Text("收款账号", "Payee's account"),
    "amount_shown": Text("金额", "Amount"),
    "realtime_notice": Text("到账时间提示", "Notice of arrival"),
    "language": Text("界面语言", "Language"),
    "confirmed_at": Text("客户确认时间", "Confirmed by the customer"),
}


@dataclass(frozen=True, slots=True)
class Application:
    """How a transfer was cancelled (撤销申请).

    :ivar applicant: what the applicant showed, masked; empty where it was not kept.
    :ivar reason: in the applicant's words.
    """

    applicant: str = ""
    reason: str = field(default="", repr=False)


def screen_of(transfer: Transfer) -> list[tuple[str, str]]:
    """Return what the machine showed before the customer confirmed (屏幕提示), named and masked.

    :source: 通告第五条: the machine tells when the money arrives and how to revoke.
    """
    evidence = transfer.screen_evidence
    if not evidence:
        return []
    if isinstance(evidence, Unreadable):
        return [(str(Text("屏幕提示", "Screen prompt")), evidence)]
    return list(_told(json.loads(evidence)))


def application_of(transfer: Transfer, decisions: Iterable[Decision]) -> Application | None:
    """Return who had a transfer cancelled and why, None when it was not cancelled.

    :param decisions: of this transfer, the oldest first.
    """
    if transfer.status != TransferStatus.CANCELLED:
        return None
    # A repeat by another document of the payer changed nothing: the first that was allowed cancelled it.
    first = next(
        (each for each in decisions if each.kind == "cancel_transfer" and each.outcome == Outcome.ALLOWED), None
    )
    shown = first.facts.get("applicant") if first else None
    return Application(
        value_word("applicant", shown, *decided("cancel_transfer")) if shown else "", transfer.cancel_reason or ""
    )


def _told(evidence: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, word in _SHOWN.items():
        if name in evidence:
            yield str(word), _masked(name, evidence[name])


def _masked(name: str, value: Any) -> str:
    """Return a value as a page may show it: a machine may have shown more than it should."""
    if isinstance(value, bool):
        return str(Text("已显示", "Shown") if value else Text("未显示", "Not shown"))
    text = str(value)
    if name == "account_shown":
        return mask_account(text)
    if name == "masked_name" and "*" not in text:
        return mask_name(text)
    return moment_of(text) if name == "confirmed_at" else text
