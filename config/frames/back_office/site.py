"""The back office under `/admin/`: with the desk's sign-in, colours and languages."""

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst

from config.frames.desk.access import caller_of, session_end, to_sign_in, touch
from config.frames.desk.sign_in import sign_out
from config.kernel.law.text import Text
from config.kernel.trail import trail


class BackOffice(AdminSite):
    """Admin site for staff with a second factor and a recently used screen; the desk signs them in."""

    site_header = Text("银行后台", "Back office")
    site_title = Text("银行后台", "Back office")
    index_title = Text("数据查询", "Tables")
    site_url = "/desk/"

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not super().has_permission(request) or not user.is_verified() or session_end(request):
            return False
        touch(request)
        return True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Wrap a view to record who read which page of which row, by any method."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def page(request: HttpRequest, *args: Any, **path: Any) -> Any:
            answer = inner(request, *args, **path)
            if answer.status_code == 200:
                # Users have numbers, which the trail cannot store as ids; it then has only the page's address.
                about: dict[str, Any] = trail.about_path(path) or {}
                trail.record_view(request, **about)
            return answer

        return page

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the desk's sign-in, and from there to the requested page, if this person may see it."""
        asked = request.GET.get("next", "")
        here = url_has_allowed_host_and_scheme(asked, {request.get_host()}) and asked.startswith("/")
        target = asked if here else reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(target)
        user: Any = request.user
        over = session_end(request) if user.is_authenticated and user.is_verified() else None
        if user.is_authenticated and user.is_verified() and over is None:
            raise PermissionDenied
        return to_sign_in(request, over=over, back=target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Redirect to the one page where people change their own password."""
        return HttpResponseRedirect(reverse("desk:own-password"))

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return HttpResponseRedirect(reverse("desk:own"))

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Refuse autocompletion: no field uses it, and its answers would be a further list."""
        raise Http404

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        here = self.has_permission(request)
        return {
            **super().each_context(request),
            "caller": caller_of(request) if here else None,
            "sandbox": settings.SANDBOX,
        }

    def _build_app_dict(self, request: HttpRequest, label: Any = None) -> dict[str, Any]:
        """Return Django's list of apps, with the bank's names for the tables."""
        found: dict[str, Any] = super()._build_app_dict(request, label)
        for app in found.values():
            for table in app["models"]:
                table["name"] = capfirst(str(self._registry[table["model"]].opts.verbose_name_plural))
        return found
