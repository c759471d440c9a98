"""Show whom a certificate names whole (显示), for half a minute, with a reason, on record."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from blacklist.desk.named import named
from blacklist.desk.register import certificate_page
from blacklist.models import Certificate
from blacklist.queries.certificates import certificates
from config.desk.access import desk_page
from config.desk.unmasking import for_a_while, hidden_by_hand, keep_look, reason_of
from config.kernel.permissions import Act
from config.kernel.transactions import perform


@never_cache
@desk_page(Act.VIEW_CERTIFICATES)
def masked(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """Return whom the certificate names, masked: what takes the place of the whole data after half a minute."""
    context = named(request, _found(certificate_id)) | {"hidden": hidden_by_hand(request)}
    return render(request, "blacklist/desk/named.html", context)


@never_cache
@desk_page(Act.UNMASK_CERTIFICATE)
def unmask(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """Show subjects and case accounts whole; who, when and why stays on record."""
    reason = reason_of(request)
    if reason is None:
        return redirect("desk:certificate", certificate_id)
    certificate = _found(certificate_id)
    caller = request.caller  # type: ignore[attr-defined]
    perform(lambda: keep_look(caller, reason, object_id=certificate.id))
    if request.headers.get("HX-Request"):
        return render(request, "blacklist/desk/named.html", named(request, certificate, whole=True))
    back = reverse("desk:certificate", args=[certificate_id])
    return for_a_while(certificate_page(request, certificate, whole=True), back)


def _found(certificate_id: UUID) -> Certificate:
    certificate = certificates().filter(pk=certificate_id).first()
    if certificate is None:
        raise Http404
    return certificate
