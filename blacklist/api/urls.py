"""The addresses of this app."""

from django.urls import URLPattern, path

from blacklist.api import appeals, views

urlpatterns: list[URLPattern] = [
    path("blacklist/certificates", views.CertificatesView.as_view()),
    path("blacklist/certificates/<str:certificate_id>", views.CertificateView.as_view()),
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
    path("blacklist/screenings", views.ScreeningsView.as_view()),
]
