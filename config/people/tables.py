"""Tables that somebody may be let view, in words."""

from collections.abc import Iterator, Mapping

from django.apps import apps
from django.contrib.admin import site
from django.utils.text import capfirst


class TableWords(Mapping[str, str]):
    """What the codes of views (`app.view_table`) are called: as their page in the back office, in its app."""

    def __getitem__(self, code: str) -> str:
        label, _, table = code.partition(".view_")
        try:
            model = apps.get_model(label, table)
        except LookupError as error:
            raise KeyError(code) from error
        page = site._registry.get(model)
        named = page.opts if page else model._meta
        return f"{apps.get_app_config(label).verbose_name} · {capfirst(str(named.verbose_name_plural))}"

    def __iter__(self) -> Iterator[str]:
        """Yield the codes of all tables that have a page."""
        codes = (f"{model._meta.app_label}.view_{model._meta.model_name}" for model in site._registry)
        return iter(sorted(codes))

    def __len__(self) -> int:
        return len(site._registry)
