"""URL addresses of the desk pages of list imports."""

from django.urls import URLPattern, path

from blacklist.imports.desk import pages

urlpatterns: list[URLPattern] = [
    path("lists", pages.lists, name="lists"),
    path("lists/new", pages.list_new, name="list-new"),
    path("lists/template", pages.list_template, name="list-template"),
    path("lists/<uuid:list_id>", pages.list_import, name="list-import"),
    path("lists/<uuid:list_id>/act", pages.list_act, name="list-act"),
    path("lists/<uuid:list_id>/undo", pages.list_undo, name="list-undo"),
    path("lists/<uuid:list_id>/refused", pages.list_refused, name="list-refused"),
]
