"""The desk's addresses; each app adds its own pages."""

from django.urls import URLPattern, URLResolver, path

from config.desk import home, inbox, sign_in

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", sign_in.switch_language, name="language"),
    path("still-here", sign_in.still_here, name="still-here"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<uuid:approval_id>", inbox.detail, name="approval"),
]
