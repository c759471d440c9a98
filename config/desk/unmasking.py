"""Whole personal data on a screen (显示): with a reason, for half a minute, on record (通告第六条)."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from config.desk.value_words import UNMASK_REASONS
from config.kernel.clock import bank_now
from config.kernel.decisions import deciding
from config.kernel.keys import Caller
from config.kernel.text import Text

SHOWN_SECONDS = 30
REASONS = {code: Text(*words) for code, words in UNMASK_REASONS.items()}


def reason_of(request: HttpRequest) -> str | None:
    """Return the reason a form gives, None where it gives none of the list: then nothing is shown."""
    reason = request.POST.get("reason", "")
    return reason if request.method == "POST" and reason in REASONS else None


def keep_look(
    principal: Caller, reason: str, *, customer_id: UUID | None = None, object_id: UUID | None = None
) -> None:
    """Keep that somebody looked at whole data (查看完整信息): who, when, whose, why.

    :param reason: a code, never free text: the record holds no personal data.
    """
    about: dict[str, Any] = {"customer_id": customer_id, "object_id": object_id}
    with deciding("unmask", principal=principal, at=bank_now(), rule="unmask", **about) as decision:
        decision.facts = {"reason": reason}


def hidden_by_hand(request: HttpRequest) -> bool:
    """Say whether somebody hid the data himself: then his keyboard goes on where he was."""
    return request.headers.get("HX-Source", "").endswith("#hide-now")


def for_a_while(response: HttpResponse, back: str, seconds: int = SHOWN_SECONDS) -> HttpResponse:
    """Lead a whole page back to the masked one by itself, with scripts and without."""
    response.headers["Refresh"] = f"{seconds}; url={back}"
    return response
