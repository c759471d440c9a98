"""Which customers of this bank a certificate names (认定书所涉本行客户): a part of the certificate's page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from accounts.queries.course import holders_named
from accounts.queries.subject_lines import subject_lines
from accounts.queries.whose import remaining_of
from blacklist.queries.for_letters import named_by
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission

#: So many are shown.
MOST = 50


@desk_page(Permission.VIEW_CERTIFICATES, part=True)
def customers_named(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Show the customers whom a certificate means by an identity, an account or a card, masked, each with its page."""
    names = named_by(certificate_id)
    found = holders_named(names.identity_keys, names.account_numbers, names.card_keys, most=MOST + 1)
    lines = subject_lines(dict.fromkeys(remaining_of(found[:MOST]).values()))
    context = {"lines": list(lines.values()), "more": len(found) > MOST}
    return render(request, "accounts/desk/named.html", context)
