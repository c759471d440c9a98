"""Migrations that render no more models than they look at.

Django renders every model before the first migration, and after each operation all that are related to what changed:
here each refers to nearly all others, which made 44,000 classes of a first `migrate`. A state here renders a model when
somebody asks for it, with those it refers to; and all of them when somebody asks who refers to it, or runs Python.

Gain: with Django's own states the first `migrate` takes 2.1 times the CPU of Python (`make bench-start`).
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.apps.registry import Apps
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.models import Model
from django.utils.functional import SimpleLazyObject

type _Key = tuple[str, str]


class SparseApps(StateApps):
    """The models of a state as it is: rendered once they are asked for, and once more after they have changed."""

    def __init__(self, real_apps: set[str], models: dict[_Key, ModelState]) -> None:
        self._states: Mapping[_Key, ModelState] = models
        self._begun: set[_Key] = set()
        self._gathered = False
        super().__init__(real_apps, models)  # type: ignore[arg-type]  # a set, as Django passes it

    def render_multiple(self, model_states: list[ModelState]) -> None:
        """Render none yet; those of apps without migrations are known from here on."""
        real = {(each.app_label, each.name_lower): each for each in self.real_models}
        self._states = ChainMap(self._states, real)  # type: ignore[arg-type]

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> type[Model]:
        if model_name is None:
            app_label, model_name = app_label.split(".")
        self._render(app_label, model_name.lower())
        return super().get_model(app_label, model_name, require_ready)

    def get_registered_model(self, app_label: str, model_name: str) -> type[Model]:
        """Return what a relation leads to: relations are resolved as soon as their own model stands."""
        self._render(app_label, model_name.lower())
        return super().get_registered_model(app_label, model_name)

    def get_models(self, *args: Any, **words: Any) -> list[type[Model]]:
        """Return all of them: so asks who looks for relations that lead to a model."""
        for key in self._states:
            self._render(*key)
        self._gathered = True
        return super().get_models(*args, **words)

    def clear_cache(self) -> None:
        """Forget what was gathered over all models, if anything was."""
        if self._gathered:
            self._gathered = False
            Apps.get_models.cache_clear()  # type: ignore[attr-defined]
            for model in self._rendered():
                model._meta._expire_cache()  # type: ignore[attr-defined]

    def forget(self, *changed: _Key) -> None:
        """Let models that changed be rendered anew, and those that lead to them."""
        leads = {_key(model): {_key(to) for to in _leads_to(model)} for model in self._rendered()}
        gone, more = set(changed), set(changed)
        while more:
            more = {key for key, to in leads.items() if key not in gone and to & more}
            gone |= more
        for key in gone:
            self.unregister_model(*key)
        self.clear_cache()

    def _rendered(self) -> list[type[Model]]:
        return [model for models in self.all_models.values() for model in models.values()]

    def _render(self, app_label: str, model_name: str) -> None:
        key = (app_label, model_name)
        if key in self._states and key not in self._begun and model_name not in self.all_models[app_label]:
            self._begun.add(key)
            self._states[key].render(self)
            self._begun.remove(key)


def _key(model: type[Model]) -> _Key:
    return model._meta.app_label, str(model._meta.model_name)


def _leads_to(model: type[Model]) -> set[type[Model]]:
    """Return the models that one was made with: its relations' and its bases."""
    own = (*model._meta.local_fields, *model._meta.local_many_to_many)
    relations = [field.remote_field for field in own if field.remote_field]
    related = {to for each in relations for to in (each.model, getattr(each, "through", None)) if to}
    bases = {base for base in model.__mro__[1:] if hasattr(base, "_meta") and not base._meta.abstract}
    return {each for each in related | bases if not isinstance(each, str)}


class SparseState(ProjectState):
    """A state whose models are rendered when they are asked for."""

    _rendered: Any = None

    @property
    def apps(self) -> Any:
        """Return the models as they are now."""
        if self._rendered is None:
            self._rendered = SparseApps(self.real_apps, self.models)
        return self._rendered

    # Whoever is done with a state lets go of what it rendered.
    @apps.deleter
    def apps(self) -> None:
        self._rendered = None

    def clear_delayed_apps_cache(self) -> None:
        """Give Python that is run in a migration all models, as Django does; most of ours asks for none."""
        self._rendered = SimpleLazyObject(partial(StateApps, self.real_apps, self.models))  # type: ignore[arg-type]

    def clone(self) -> "SparseState":
        return SparseState({key: each.clone() for key, each in self.models.items()}, self.real_apps)

    def add_model(self, model_state: ModelState) -> None:
        super().add_model(model_state)
        self._changed((model_state.app_label, model_state.name_lower))

    def remove_model(self, app_label: str, model_name: str) -> None:
        super().remove_model(app_label, model_name)
        self._changed((app_label, model_name))

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        """Take note of a change; every way of making one ends here or at the one for several."""
        self._changed((app_label, model_name))

    def reload_models(self, models: Iterable[_Key], delay: bool = True) -> None:
        """Take note of changes."""
        self._changed(*models)

    def _changed(self, *models: _Key) -> None:
        if isinstance(self._rendered, SparseApps):
            self._rendered.forget(*models)
        else:
            self._rendered = None


class SparseExecutor(MigrationExecutor):
    """Django's executor on states that render what is looked at."""

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        # Python on the way back is given the models as they happen to be: with Django's own state, all of them.
        return super().unapply_migration(ProjectState(state.models, state.real_apps), migration, fake=fake)

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state = SparseState(real_apps=self.loader.unmigrated_apps)
        if with_applied_migrations:
            full: ProjectState = super()._create_project_state(with_applied_migrations=True)  # type: ignore[misc]
            state.models = full.models
        return state
