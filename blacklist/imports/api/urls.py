"""URL addresses of the API of list imports."""

from django.urls import URLPattern, path

from blacklist.imports.api import views

urlpatterns: list[URLPattern] = [
    path("blacklist/imports", views.ListImportsView.as_view()),
    path("blacklist/imports/template", views.ListTemplateView.as_view()),
    path("blacklist/imports/<str:import_id>", views.ListImportView.as_view()),
    path("blacklist/imports/<str:import_id>/rows", views.ListRowsView.as_view()),
    path("blacklist/imports/<str:import_id>/submit", views.ListSubmitView.as_view()),
    path("blacklist/imports/<str:import_id>/undo", views.ListUndoView.as_view()),
]
