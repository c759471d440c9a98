"""Views that save and delete drafts of forms."""

from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from config.frames.desk import drafts
from config.frames.desk.access import LOCKED_HEADER, caller_of, desk_page, session_end
from config.frames.desk.form_acts import FIELD
from config.frames.desk.requests import DeskRequest
from config.kernel.requests import idempotency


@sensitive_post_parameters()
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the content of a form for the person of the page, even after the session has ended."""
    form = drafts.form_of(request)
    if form is None:
        return HttpResponse(status=400)
    saved = drafts.keep(form, request.POST, drafts.DraftReason.TYPED)
    caller = caller_of(request)
    over = session_end(request) if caller else None
    if caller is None or over:
        return HttpResponse(status=204, headers={LOCKED_HEADER: over or "out"})
    # This request does not count as activity: a page also saves drafts by itself, before it locks.
    # A form that was carried out while its draft was saved deletes the draft, or is found here.
    if idempotency.is_known(caller.id, f"desk-{request.POST.get(FIELD, '')}"):
        drafts.forget(form)
    return HttpResponse(status=204 if saved else 413)


@require_POST
@desk_page(part=True)
def discard(request: DeskRequest) -> HttpResponse:
    """Delete the draft of a form, and show the form empty."""
    form = drafts.form_of(request)
    if form is None or form.user_id != request.user.pk:
        return HttpResponseRedirect(reverse("desk:home"))
    drafts.forget(form)
    # A guided form starts again under a new address.
    path, _, query = form.address.partition("?")
    left = [(name, value) for name, value in parse_qsl(query) if name != "draft"]
    return HttpResponseRedirect(f"{path}?{urlencode(left)}" if left else path)
