"""Tables of the back office: all readable, and none editable where money or evidence is concerned.

Columns have their names in the reader's language; personal data is masked or hidden.
"""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Field, ForeignKey, JSONField, Model
from django.http import HttpRequest
from django.utils.text import capfirst

from config.frames.back_office.columns import CodeFilter, Column, code_word, codes_of, column, column_word, is_hidden
from config.frames.desk.access import caller_of
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.law.text import Text

#: All tables of these apps are shown.
APPS = ("kernel", "accounts", "blacklist", "transfers")
#: Number of columns in a list without its own `list_display`.
LISTED = 9


class NamedOptions:
    """Options of another package's model, with the bank's name for the table."""

    def __init__(self, options: Any, name: str) -> None:
        self._options = options
        self.verbose_name = self.verbose_name_plural = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._options, name)


class NamedList(ChangeList):
    """A list with its table's name."""

    def __init__(self, request: HttpRequest, model: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, model, *args, **kwargs)
        self.opts = self.model_admin.opts
        self.title = capfirst(str(self.opts.verbose_name_plural))


class TableAdmin(admin.ModelAdmin):
    """A table with names for its columns.

    Sealed columns are shown through their masks, or hidden without one; amounts in yuan. A list shows the first
    columns, and filters by codes, unless `list_display` and `list_filter` say otherwise. `shown` adds columns to
    the detail page, `personal` names hidden columns, `note` is a text above the list. `named`, `words` and
    `codes` are the names of a table, its columns and their codes for models of other packages. An address accepts
    only the filters that the list offers: other look-ups could reveal hidden data row by row and character by
    character.
    """

    shown: tuple[Column, ...] = ()
    personal: tuple[str, ...] = ()
    named: str = ""
    note: str = ""
    words: Mapping[str, str] = MappingProxyType({})
    codes: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    show_facets = admin.ShowFacets.NEVER

    def __init__(self, model: type[Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        if self.named:
            self.opts: Any = NamedOptions(model._meta, self.named)

    def code_words(self) -> Mapping[str, Mapping[str, str]]:
        """Return the words of codes for columns without a vocabulary, by column."""
        return self.codes

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"subtitle": self.note or None, **(extra_context or {})})

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self._column(each) for each in self._listed()]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        names = self.list_filter or [field.name for field in self._columns() if _has_codes(field)]
        return [(each, CodeFilter) for each in names]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        for path, _ in self.get_list_filter(request):
            if lookup == CodeFilter.parameter(path):
                return value in dict(CodeFilter.offered(get_fields_from_path(self.model, path)[-1]))
        return False

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Allow look-ups of rows by their primary key only."""
        return bool(to_field == self.opts.pk.name)

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        """Return the relations that a page names, so that every page takes the same number of queries."""
        names = set(self._listed())
        return [field.name for field in self._columns() if isinstance(field, ForeignKey) and field.name in names]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        made = super().formfield_for_dbfield(db_field, request, **kwargs)
        if made is not None:
            made.label = column_word(db_field)
        return made

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        words = [(code, code_word(db_field, code)) for code in codes_of(db_field)]
        return super().formfield_for_choice_field(db_field, request, **{"choices": words, **kwargs})

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: admin.ActionLocation = admin.ActionLocation.CHANGE_LIST,
    ) -> Any:
        none = default_choices or [("", Text("请选择", "Choose"))]
        return super().get_action_choices(request, none, action_location=action_location)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        # Without Django's subtitle: it would show codes, and the page shows the row's id first.
        return super().render_change_form(request, context | {"subtitle": None}, *args, **kwargs)

    def _listed(self) -> list[Any]:
        if tuple(self.list_display) != ("__str__",):
            return list(self.list_display)
        plain = [field.name for field in self._columns() if not isinstance(field, ArrayField | JSONField)]
        return plain[:LISTED]

    def _columns(self) -> list[Field]:
        columns = self.model._meta.local_concrete_fields
        return [field for field in columns if not is_hidden(field) and field.name not in self.personal]

    def _column(self, named: Any) -> Any:
        """Return how a column is shown: a plain one under its name, a masked one unchanged."""
        plain = next((field for field in self._columns() if field.name == named), None)
        return named if plain is None else column(plain)


def _has_codes(field: Field) -> bool:
    return bool(field.choices) or isinstance(field, BooleanField)


class ReadOnlyAdmin(TableAdmin):
    """A read-only table of evidence or money: rows are never added, changed or deleted here."""

    ordering = ("-pk",)
    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may use immediate acts: administrators only."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*map(column, self._columns()), *self.shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)


def register_tables() -> None:
    """Register the pages of each app, and read-only pages for all other tables of the bank."""
    admin.autodiscover()
    inlines = {each.model for page in admin.site._registry.values() for each in page.inlines}
    for table in chain(*(apps.get_app_config(label).get_models() for label in APPS)):
        if table not in inlines and not admin.site.is_registered(table):
            admin.site.register(table, ReadOnlyAdmin)


def administrator_of(request: HttpRequest) -> Caller:
    """Return the administrator who makes a request.

    :raises PermissionDenied: for other callers.
    """
    caller = caller_of(request)
    if caller is None or not may(caller, Permission.ADMINISTER):
        raise PermissionDenied
    return caller


class ReadOnlyInline(admin.TabularInline):
    """Read-only related rows on the page of a row, for everyone who may see that row."""

    extra = 0
    can_delete = False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        plain = {field.name: field for field in self.model._meta.local_concrete_fields}
        return [column(plain[each]) if each in plain else each for each in self.fields or ()]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.admin_site.get_model_admin(self.parent_model).has_view_permission(request))
