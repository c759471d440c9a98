"""Every URL of the system."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from config.api import approvals, probes
from config.api.views import ContractView

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"


class Nowhere(ContractView):
    """An address of the API that does not exist: 404 for whoever has a key, 401 for others."""

    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        from rest_framework.exceptions import NotFound

        super().initial(request, *args, **kwargs)
        raise NotFound


api: list[URLPattern | URLResolver] = [
    path("approvals", approvals.ApprovalsView.as_view()),
    path("approvals/<str:approval_id>", approvals.ApprovalView.as_view()),
    path("approvals/<str:approval_id>/approve", approvals.ApproveView.as_view()),
    path("approvals/<str:approval_id>/reject", approvals.RejectView.as_view()),
    path("", include("accounts.api.urls")),
    path("", include("transfers.api.urls")),
    path("", include("blacklist.api.urls")),
    re_path("^.*$", Nowhere.as_view()),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/desk/")),
    path("desk/", include("config.desk.urls")),
    path("healthz", probes.healthz),
    path("livez", probes.healthz),
    path("readyz", probes.readyz),
    path("metrics", probes.metrics),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="kernel/docs.html"),
        name="docs",
    ),
    path("api/v1/", include(api)),
    path("admin/", admin.site.urls),
]
