"""A request that reached a page of the desk: its caller is known."""

from typing import cast

from django.http import HttpRequest

from config.kernel.access.keys import Caller


class DeskRequest(HttpRequest):
    """A request of somebody signed in at the desk; no instance is ever made: it is the type of an admitted request.

    :ivar caller: the principal who acts.
    :ivar carried_out: whether the form it brought was carried out, now or before: what was typed is kept no longer.
    :ivar carried_out_now: whether this request carried it out.
    :ivar result_at: the address of its result where the answer is not a redirect to it, else empty.
    """

    caller: Caller
    carried_out: bool
    carried_out_now: bool
    result_at: str


def admitted(request: HttpRequest, caller: Caller) -> DeskRequest:
    """Note on a request who makes it, and return it as a page takes it."""
    desk_request = cast("DeskRequest", request)
    desk_request.caller = caller
    desk_request.carried_out = desk_request.carried_out_now = False
    desk_request.result_at = ""
    return desk_request
