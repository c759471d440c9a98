"""URL addresses of the API of certificates."""

from itertools import chain

from django.urls import URLPattern, path

from blacklist.api import views
from config.kernel.wings import of_wings

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
    path("blacklist/screenings", views.ScreeningsView.as_view()),
    *chain.from_iterable(of_wings("blacklist", "api.urls", "urlpatterns")),
]
