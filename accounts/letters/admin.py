"""Tables of the back office for letters; their content is read at the desk."""

from django.contrib import admin

from accounts.letters.models import Letter
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """Letters by number."""

    list_display = ("number", "kind", "customer", "issued_at", "issued_by", "replaces")
