"""The desk's addresses; each app adds its own pages."""

from django.urls import URLPattern, URLResolver, path

from accounts.desk.urls import urlpatterns as accounts_urls
from blacklist.desk.urls import urlpatterns as blacklist_urls
from config.desk import audit, exports, home, inbox, sign_in
from transfers.desk.urls import urlpatterns as transfers_urls

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", sign_in.switch_language, name="language"),
    path("still-here", sign_in.still_here, name="still-here"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<uuid:approval_id>", inbox.detail, name="approval"),
    path("decisions", audit.decisions, name="decisions"),
    path("decisions/<uuid:decision_id>", audit.decision, name="decision"),
    path("events", audit.events, name="events"),
    path("exports", exports.export, name="export"),
    *accounts_urls,
    *transfers_urls,
    *blacklist_urls,
]
