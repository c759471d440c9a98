"""The desk's addresses; each app adds its own pages."""

from django.urls import URLPattern, URLResolver, path

from accounts.desk.urls import urlpatterns as accounts_urls
from blacklist.desk.urls import urlpatterns as blacklist_urls
from config.desk import home, inbox, sign_in
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
    *accounts_urls,
    *transfers_urls,
    *blacklist_urls,
]
