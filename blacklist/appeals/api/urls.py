"""URL addresses of the API of appeals."""

from django.urls import URLPattern, path

from blacklist.appeals.api import views

urlpatterns: list[URLPattern] = [
    path("blacklist/certificates/<str:certificate_id>/appeals", views.CertificateAppealsView.as_view()),
    path("blacklist/appeals", views.AppealsView.as_view()),
    path("blacklist/appeals/<str:appeal_id>/moves", views.AppealMovesView.as_view()),
    path("blacklist/appeals/<str:appeal_id>/attachments", views.AppealAttachmentsView.as_view()),
    path("blacklist/appeals/<str:appeal_id>/attachments/<str:attachment_id>", views.AppealAttachmentView.as_view()),
]
