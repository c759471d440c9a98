"""Template tags for evidence: words of codes, and open proposals of a record."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse

from config.frames.desk.labels import field_word, kind_word, value_word
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals import decidable_on_site, lapses_at, visible_to, with_status
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval, ApprovalStatus

register = template.Library()


@register.filter
def named(name: str) -> str:
    """Return the name of a field in words."""
    return field_word(name)


@register.filter
def proposal_status(status: str) -> str:
    """Return the status of a proposal in words."""
    return ApprovalStatus.word(status)


@register.filter
def kind_named(kind: str) -> str:
    """Return the name of a kind of decision."""
    return kind_word(kind)


@register.filter
def waits(approval: Approval) -> bool:
    """Return whether a proposal waits for a decision and never expires."""
    return lapses_at(approval) is None


@register.filter
def on_site(approval: Approval) -> bool:
    """Return whether a checker may decide a proposal at its maker's own screen."""
    return decidable_on_site(approval)


@register.simple_tag(takes_context=True)
def proposal_page(context: dict[str, Any], approval_id: str) -> str:
    """Return the address of a proposal's page; empty if the caller may not see it."""
    caller = context.get("caller")
    seen = caller is not None and visible_to(caller).filter(pk=approval_id).exists()
    return reverse("desk:approval", args=[approval_id]) if seen else ""


@register.simple_tag(takes_context=True)
def pending_of(context: dict[str, Any], ids: Any) -> dict[str, Any]:
    """Return the open proposals about objects, in one query.

    :param ids: one id or several, of the objects.
    """
    wanted = [ids] if isinstance(ids, str | UUID) else list(ids if isinstance(ids, Iterable) else [])
    at = context.get("now") or bank_now()
    waiting = with_status(Approval.objects.filter(object_id__in=wanted), ApprovalStatus.PENDING, at)
    caller = context.get("caller")
    return {
        "rows": list(waiting.select_related("made_by").defer("remark", "subject_keys", "form").order_by("-pk")),
        "opens": caller is not None and may(caller, Permission.VIEW_APPROVALS),
    }


@register.filter
def document_words(document: dict[str, Any]) -> str:
    """Return a masked document on one line: type, number, country of a passport."""
    return " ".join(value_word(part, each) for part, each in document.items() if each)
