"""URL addresses of the desk pages of appeals."""

from django.urls import URLPattern, path

from blacklist.appeals.desk import pages

urlpatterns: list[URLPattern] = [
    path("certificates/<uuid:certificate_id>/appeal", pages.record, name="appeal-new"),
    path("appeals/<uuid:appeal_id>", pages.move, name="appeal"),
    path("appeals/<uuid:appeal_id>/attachments", pages.attach, name="appeal-attach"),
    path("appeals/attachments/<uuid:scan_id>", pages.attachment, name="appeal-attachment"),
]
