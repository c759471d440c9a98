"""All URLs of the system."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from rest_framework.request import Request

from accounts.api.urls import urlpatterns as accounts_api
from accounts.desk.urls import urlpatterns as accounts_desk
from blacklist.api.urls import urlpatterns as blacklist_api
from blacklist.desk.urls import urlpatterns as blacklist_desk
from config.frames.api import contract_pages
from config.frames.api.views import ContractView
from config.frames.back_office.tables import register_tables
from config.frames.desk.urls import urlpatterns as desk_frame
from config.oversight.api import probes
from config.oversight.api.urls import urlpatterns as oversight_api
from config.oversight.desk.urls import urlpatterns as oversight_desk
from config.people.urls import urlpatterns as people_desk
from transfers.api.urls import urlpatterns as transfers_api
from transfers.desk.urls import urlpatterns as transfers_desk

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"


class UnknownAddress(ContractView):
    """An unknown address of the API: 404 with a valid key, 401 otherwise."""

    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        from rest_framework.exceptions import NotFound

        super().initial(request, *args, **kwargs)
        raise NotFound


# Registered here, because only web processes load the URLs.
register_tables()

#: Tried in this order, the most frequent addresses first.
api = [*transfers_api, *accounts_api, *blacklist_api, *oversight_api, re_path("^.*$", UnknownAddress.as_view())]

#: The desk's own addresses and those of each app, in one namespace.
desk = [*desk_frame, *people_desk, *oversight_desk, *accounts_desk, *transfers_desk, *blacklist_desk]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api)),
    path("", RedirectView.as_view(url="/desk/")),
    path("desk/", include((desk, "desk"))),
    path("healthz", probes.healthz),
    path("livez", probes.healthz),
    path("readyz", probes.readyz),
    path("metrics", probes.metrics),
    path("api/schema", contract_pages.schema, name="schema"),
    path("api/docs", contract_pages.docs, name="docs"),
    path("admin/", admin.site.urls),
]
