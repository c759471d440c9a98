"""The back office under `/admin/`: behind the same door as the desk."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse

from config.desk.access import is_idle, to_sign_in, touch
from config.kernel.words import say


class BackOffice(AdminSite):
    """Let in staff that showed the second factor and touched the screen lately; the desk signs them in."""

    site_header = say("银行后台", "Back office")
    site_title = say("银行后台", "Back office")
    index_title = say("只读查询", "Read-only inspection")
    site_url = "/desk/"

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not super().has_permission(request) or not user.is_verified() or is_idle(request):
            return False
        touch(request)
        return True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return to_sign_in(request)
