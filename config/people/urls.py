"""URLs of the pages for one's own credentials."""

from django.urls import path

from config.people import desk

urlpatterns = [
    path("enrol", desk.enrol, name="enrol"),
    path("me/keys", desk.keys, name="own-keys"),
    path("me/keys/<uuid:administration_id>", desk.collect, name="own-key-collect"),
]
