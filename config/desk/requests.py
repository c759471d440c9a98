"""A request that reached a page of the desk: its caller is known."""

from typing import cast

from django.http import HttpRequest

from config.kernel.keys import Caller


class DeskRequest(HttpRequest):
    """A request of somebody signed in at the desk; no instance is ever made: it is the type of an admitted request.

    :ivar caller: the principal who acts.
    :ivar carried_out: whether the form it brought was carried out, now or before: what was typed is kept no longer.
    """

    caller: Caller
    carried_out: bool


def admitted(request: HttpRequest, caller: Caller) -> DeskRequest:
    """Note on a request who makes it, and return it as a page takes it."""
    desk_request = cast("DeskRequest", request)
    desk_request.caller = caller
    desk_request.carried_out = False
    return desk_request
