"""Show whom a certificate names whole (显示), for half a minute, with a reason, on record."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from blacklist.desk.named import named
from blacklist.desk.register import certificate_or_404, certificate_page
from blacklist.operations.unmasking import unmask_certificate
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import hidden_by_hand, unmasked
from config.kernel.access.permissions import Permission


@never_cache
@desk_page(Permission.VIEW_CERTIFICATES, part=True)
def masked(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Return whom the certificate names, masked: what takes the place of the whole data after half a minute."""
    context = named(request, certificate_or_404(certificate_id)) | {"hidden": hidden_by_hand(request)}
    return render(request, "blacklist/desk/named.html", context)


@never_cache
@desk_page(Permission.UNMASK_CERTIFICATE, part=True)
def unmask(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Show subjects and case accounts whole; who, when and why stays on record."""
    return unmasked(
        request,
        look=lambda caller, reason: unmask_certificate(principal=caller, certificate_id=certificate_id, reason=reason),
        part=lambda found: render(request, "blacklist/desk/named.html", named(request, found, whole=True)),
        page=lambda found: certificate_page(request, found, whole=True),
        back=reverse("desk:certificate", args=[certificate_id]),
        object_id=certificate_id,
    )
