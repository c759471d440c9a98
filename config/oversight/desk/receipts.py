"""What was taken out, with the SHA-256 of each file (导出登记): whoever holds a file finds its receipt."""

import re
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.frames.desk.access import desk_page
from config.frames.desk.labels import field_word, value_word
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.models import ExportReceipt
from config.kernel.trail.decisions import kind_text
from config.kernel.trail.evidence import scope_of
from config.kernel.trail.receipts import receipt_number
from config.oversight.desk.audit import PAGE, asked, common
from config.oversight.queries.evidence import after, write_cursor
from config.oversight.queries.receipts import receipts_of

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Told in columns of their own.
_TOLD = ("list", "format")
#: Of the filters these come first.
_FIRST = ("from", "to")


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def receipts(request: DeskRequest) -> HttpResponse:
    """List receipts by day, person and digest, the newest first. Its days are the real clock's."""
    filters, problem = asked(request, at=timezone.now())
    typed = "".join(request.GET.get("sha256", "").split()).lower()[:64]
    digest = bytes.fromhex(typed) if _DIGEST.fullmatch(typed) else None
    unread = bool(typed) and digest is None
    found = receipts_of(filters, digest)
    if cursor := request.GET.get("before"):
        found = after(found, cursor, "written_at")
    rows = [] if problem or unread else list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = filters.parameters() | ({"before": write_cursor(last.written_at, last.id)} if last else {})
    context = {
        "rows": [(row, receipt_number(row.decision_id), bytes(row.sha256).hex(), _facts(row)) for row in rows[:PAGE]],
        "older": urlencode(older) if last else "",
        "digest": typed,
        "unread": unread,
        **common(request, filters, "exports", problem),
    }
    return render(request, "oversight/receipts.html", context, status=problem.status if problem else 200)


def _facts(row: ExportReceipt) -> dict[str, object]:
    facts, scope = row.decision.facts, scope_of(row.decision)
    told = {name: value_word(name, facts.get(name), scope) for name in _TOLD}
    if "list" not in facts:
        # Taken out where it stands, not from a list of evidence, and always in one format.
        told |= {"list": kind_text(row.decision.kind), "format": ""}
    names = sorted(facts.keys() - set(_TOLD), key=lambda name: (name not in _FIRST, name))
    filters = [(field_word(name, scope), value_word(name, facts[name], scope)) for name in names]
    return told | {"filters": filters}
