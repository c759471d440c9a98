"""The addresses of the desk's frame; each room adds its own pages in `config.urls`."""

from django.urls import path

from config.desk import sign_in

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", sign_in.switch_language, name="language"),
    path("still-here", sign_in.still_here, name="still-here"),
]
