"""Addresses of the API of letters."""

from django.urls import URLPattern, path

from accounts.letters.api import letters

urlpatterns: list[URLPattern] = [
    path("customers/<str:customer_id>/letters", letters.CustomerLettersView.as_view()),
    path("letters/checks", letters.LetterChecksView.as_view()),
    path("letters/<str:letter_id>", letters.LetterView.as_view()),
    path("letters/<str:letter_id>/deliveries", letters.LetterDeliveriesView.as_view()),
    path("letters/<str:letter_id>/pdf", letters.LetterPdfView.as_view()),
]
