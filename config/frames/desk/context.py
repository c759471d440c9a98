"""What the header strip of every page shows."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from config.frames.desk import places, sessions
from config.frames.desk.navigation import sections_for
from config.frames.desk.passkeys import HAS
from config.kernel import approvals
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.text import language

#: So many are counted beside the inbox at most; more read as one more than that.
COUNTED = 99


def strip(request: HttpRequest) -> dict[str, Any]:
    """Give desk pages who is there, the bank's time, the language and the navigation."""
    caller = getattr(request, "caller", None)
    passkey_domain = settings.PASSKEY_DOMAIN if _offers_passkeys(request) else ""
    if not request.path.startswith("/desk/"):
        return {"passkey_domain": passkey_domain} if request.path.startswith("/admin/") else {}
    now = bank_now() if caller else None

    # Asked by a page that shows the navigation alone.
    @cache
    def to_do() -> str:
        if caller is None or now is None or not may(caller, Permission.VIEW_OWN_APPROVALS):
            return ""
        found = approvals.to_do(caller, now, COUNTED + 1)
        return f"{COUNTED}+" if found > COUNTED else str(found or "")

    stands = places.stands_on(request)
    return {
        "caller": caller,
        "language": language(),
        "passkey_domain": passkey_domain,
        "sandbox": settings.SANDBOX,
        "bank_code": settings.BANK_CODE,
        "bank_name": settings.BANK_NAME,
        "bank_phone": settings.SERVICE_PHONE,
        "now": now,
        "to_do": to_do,
        "sections": sections_for(caller) if caller else [],
        "idle_seconds": settings.DESK_IDLE_SECONDS,
        # Whose page it is, where the desk is open; and where the reader stands, for what leads back here.
        "of": sessions.named(own) if caller and (own := sessions.own_id(request)) else "",
        "here": stands or reverse("desk:home"),
        "posted": request.method == "POST" and bool(stands),
    }


def _offers_passkeys(request: HttpRequest) -> bool:
    """Say whether a page offers passkeys beside codes: to whoever signs in, and to who has one."""
    user: Any = getattr(request, "user", None)
    return user is None or not user.is_authenticated or bool(request.session.get(HAS))
