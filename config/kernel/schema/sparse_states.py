"""Migrations that render no more models than they look at.

Django renders every model before the first migration, and after each operation all that are related to what changed:
here each refers to nearly all others, which made 44,000 classes of a first `migrate`. A state here renders a model when
somebody asks for it, with those it refers to; and all of them when somebody asks who refers to it, or runs Python.

Gain: with Django's own states the first `migrate` takes 2.1 times the CPU of Python (`make bench-startup`).
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from itertools import chain, repeat
from typing import Any

from django.apps.registry import Apps
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.models import Model
from django.utils.functional import SimpleLazyObject

from config.kernel.schema.brief_locks import brief_session, repeated
from config.kernel.schema.reversals import obstacles

type _Key = tuple[str, str]


class SparseApps(StateApps):
    """The models of a state as it is, each rendered once it is asked for."""

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
        """Return what a relation leads to: relations are resolved as soon as their own model is there."""
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
            for model in chain.from_iterable(models.values() for models in self.all_models.values()):
                model._meta._expire_cache()  # type: ignore[attr-defined]

    def _render(self, app_label: str, model_name: str) -> None:
        key = (app_label, model_name)
        if key in self._states and key not in self._begun and model_name not in self.all_models[app_label]:
            self._begun.add(key)
            self._states[key].render(self)
            self._begun.remove(key)


class SparseState(ProjectState):
    """A state whose models are rendered when they are asked for."""

    @cached_property
    def apps(self) -> Any:
        """Return the models as they are now."""
        return SparseApps(self.real_apps, self.models)

    def clear_delayed_apps_cache(self) -> None:
        """Give Python that is run in a migration all models, as Django does; most of ours asks for none."""
        self.__dict__["apps"] = SimpleLazyObject(partial(StateApps, self.real_apps, self.models))  # type: ignore[arg-type]

    def clone(self) -> "SparseState":
        return SparseState({key: each.clone() for key, each in self.models.items()}, self.real_apps)

    def remove_model(self, app_label: str, model_name: str) -> None:
        self.reload_models([(app_label, model_name)])
        super().remove_model(app_label, model_name)

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        """Take note of a change, also of a new model."""
        self.reload_models([(app_label, model_name)])

    def reload_models(self, models: Iterable[_Key], delay: bool = True) -> None:
        """Let models that changed be rendered anew, and those that lead to them."""
        apps = self.__dict__.get("apps")
        if not isinstance(apps, SparseApps):
            self.__dict__.pop("apps", None)
            return
        gone, more = set(models), list(models)
        while more:
            leading = self.relations.get(more.pop(), {}).keys() - gone
            gone |= leading
            more += leading
        for key in gone:
            apps.unregister_model(*key)
        apps.clear_cache()


class SparseExecutor(MigrationExecutor):
    """Django's executor on sparse states; it repeats a migration that is one transaction when it got no lock."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        apply = super().apply_migration
        # A failed attempt may have changed its state: each further one begins with a copy of the first.
        first = state.clone()
        states = chain([state], (first.clone() for _ in repeat(None)))
        return _repeated(migration, lambda: apply(next(states), migration, fake=fake, fake_initial=fake_initial))

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        unapply = super().unapply_migration
        # Python on the way back is given the models as they happen to be: with Django's own state, all of them.
        return _repeated(migration, lambda: unapply(ProjectState(state.models, state.real_apps), migration, fake=fake))

    def _migrate_all_backwards(self, plan: list[Any], full_plan: list[Any], fake: bool) -> ProjectState:
        """Go back, unless one of the migrations cannot: then none of any application does."""
        if not fake and (found := obstacles(self, (migration for migration, _ in plan))):
            raise CommandError("\n".join(("Nothing was changed, for there is no way back:", *found)))
        state: ProjectState = super()._migrate_all_backwards(plan, full_plan, fake)  # type: ignore[misc]
        return state

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state = SparseState(real_apps=self.loader.unmigrated_apps)
        if with_applied_migrations:
            full: ProjectState = super()._create_project_state(with_applied_migrations=True)  # type: ignore[misc]
            state.models = full.models
        return state


def _repeated(migration: Migration, attempt: Callable[[], ProjectState]) -> ProjectState:
    # Outside a transaction each operation repeats its own changes: `config.kernel.schema.online_ddl`.
    if not migration.atomic or connection.in_atomic_block:
        return attempt()
    with brief_session():
        return repeated(attempt)
