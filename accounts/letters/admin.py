"""Letters to look at: what they say is read at the desk."""

from django.contrib import admin

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """Letters by number."""

    list_display = ("number", "kind", "customer", "issued_at", "issued_by", "replaces")
    list_filter = ("kind",)


@admin.register(LetterPrint)
class LetterPrintAdmin(ReadOnlyAdmin):
    """Each print of each letter."""

    list_display = ("letter", "nth", "form", "at", "principal")
    list_filter = ("form",)


@admin.register(LetterDelivery)
class LetterDeliveryAdmin(ReadOnlyAdmin):
    """How letters were delivered."""

    list_display = ("letter", "way", "day", "tracking_number", "at", "principal")
    list_filter = ("way",)
