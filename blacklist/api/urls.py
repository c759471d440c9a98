"""The addresses of this app."""

from django.urls import URLPattern, path

from blacklist.api import views
from blacklist.appeals.api import views as appeals
from blacklist.imports.api import views as imports

urlpatterns: list[URLPattern] = [
    path("blacklist/certificates", views.CertificatesView.as_view()),
    path("blacklist/certificates/<str:certificate_id>", views.CertificateView.as_view()),
    path("blacklist/certificates/<str:certificate_id>/corrections", views.CorrectionsView.as_view()),
    path("blacklist/certificates/<str:certificate_id>/revocations", views.RevocationsView.as_view()),
    path(
        "blacklist/certificates/<str:certificate_id>/subjects/<str:place>/revocations",
        views.SubjectRevocationsView.as_view(),
    ),
    path(
        "blacklist/certificates/<str:certificate_id>/case-accounts/<str:place>/revocations",
        views.CaseAccountRevocationsView.as_view(),
    ),
    path("blacklist/certificates/<str:certificate_id>/appeals", appeals.CertificateAppealsView.as_view()),
    path("blacklist/appeals", appeals.AppealsView.as_view()),
    path("blacklist/appeals/<str:appeal_id>/moves", appeals.AppealMovesView.as_view()),
    path("blacklist/appeals/<str:appeal_id>/attachments", appeals.AppealAttachmentsView.as_view()),
    path("blacklist/appeals/<str:appeal_id>/attachments/<str:attachment_id>", appeals.AppealAttachmentView.as_view()),
    path("blacklist/screenings", views.ScreeningsView.as_view()),
    path("blacklist/imports", imports.ListImportsView.as_view()),
    path("blacklist/imports/<str:import_id>", imports.ListImportView.as_view()),
    path("blacklist/imports/<str:import_id>/rows", imports.ListRowsView.as_view()),
    path("blacklist/imports/<str:import_id>/submit", imports.ListSubmitView.as_view()),
    path("blacklist/imports/<str:import_id>/undo", imports.ListUndoView.as_view()),
]
