"""The type of a request with a known caller."""

from typing import cast

from django.http import HttpRequest

from config.kernel.access.keys import Caller


class DeskRequest(HttpRequest):
    """A request of a signed-in caller at the desk; a type only, without instances.

    :ivar caller: the principal who acts.
    :ivar carried_out: whether the submitted form was carried out, now or before, so that its draft can be deleted.
    :ivar carried_out_now: whether this request carried it out.
    :ivar result_at: the address of its result if the answer is not a redirect to it, else empty.
    """

    caller: Caller
    carried_out: bool
    carried_out_now: bool
    result_at: str


def admitted(request: HttpRequest, caller: Caller) -> DeskRequest:
    """Set the caller of a request, and return it with its type."""
    desk_request = cast("DeskRequest", request)
    desk_request.caller = caller
    desk_request.carried_out = desk_request.carried_out_now = False
    desk_request.result_at = ""
    return desk_request
