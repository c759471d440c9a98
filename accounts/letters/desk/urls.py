"""Addresses of the desk pages of letters; they contain ids, never a number or a name."""

from django.urls import URLPattern, path

from accounts.letters.desk import letters

urlpatterns: list[URLPattern] = [
    path("customers/<uuid:customer_id>/letters", letters.customer_letters, name="customer-letters"),
    path("customers/<uuid:customer_id>/letters/issue", letters.letter_issue, name="letter-issue"),
    path("letters", letters.letters, name="letters"),
    path("letters/due", letters.letters_due, name="letters-due"),
    path("letters/check", letters.letter_check, name="letter-check"),
    path("letters/<uuid:letter_id>", letters.letter, name="letter"),
    path("letters/<uuid:letter_id>/print", letters.letter_print, name="letter-print"),
    path("letters/<uuid:letter_id>/file", letters.letter_file, name="letter-file"),
    path("letters/<uuid:letter_id>/deliver", letters.letter_deliver, name="letter-deliver"),
]
