"""What stands behind people and principals: natural persons, what administrators proposed, what stands without two."""

from django.contrib import admin

from config.back_office.tables import ReadOnlyAdmin
from config.kernel.models import Administration, Enrolment, Founding, Person


@admin.register(Person)
class NaturalPersonAdmin(ReadOnlyAdmin):
    """Natural persons by their staff number."""

    list_display = ("staff_number", "user", "created_at")
    search_fields = ("staff_number",)
    ordering = ("staff_number",)


@admin.register(Administration)
class AdministrationAdmin(ReadOnlyAdmin):
    """What administrators proposed, and where it stands."""

    list_display = ("id", "kind", "status", "person", "principal", "in_force_at", "usable_until")
    list_filter = ("kind", "status")


@admin.register(Founding)
class FoundingAdmin(ReadOnlyAdmin):
    """What stands without two administrators, and why."""

    list_display = ("id", "what", "object", "why", "at")
    list_filter = ("why",)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    """Codes to enrol with, by whom and until when; never the code."""

    list_display = ("id", "person", "issued_at", "until", "used_at")
