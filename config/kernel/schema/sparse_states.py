"""Executor and states of migrations that render only the models that are used.

Django renders every model before the first migration, and after each operation all models related to the change. Here
each model refers to nearly all others, so a first `migrate` made 44,000 classes. A sparse state renders a model when it is
used, with the models that it refers to, and all models when references to it are listed or Python is run.

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

from config.kernel.schema.brief_locks import retry_blocked, short_lock_waits
from config.kernel.schema.reversals import obstacles

type _Key = tuple[str, str]


class SparseApps(StateApps):
    """The models of a state, each rendered at its first use."""

    def __init__(self, real_apps: set[str], models: dict[_Key, ModelState]) -> None:
        self._states: Mapping[_Key, ModelState] = models
        self._rendering: set[_Key] = set()
        self._all_rendered = False
        super().__init__(real_apps, models)  # type: ignore[arg-type]  # a set, as Django passes it

    def render_multiple(self, model_states: list[ModelState]) -> None:
        """Render none yet; add the models of apps without migrations."""
        real = {(each.app_label, each.name_lower): each for each in self.real_models}
        self._states = ChainMap(self._states, real)  # type: ignore[arg-type]

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> type[Model]:
        if model_name is None:
            app_label, model_name = app_label.split(".")
        self._render(app_label, model_name.lower())
        return super().get_model(app_label, model_name, require_ready)

    def get_registered_model(self, app_label: str, model_name: str) -> type[Model]:
        """Return the target of a relation, which Django resolves when it renders the model."""
        self._render(app_label, model_name.lower())
        return super().get_registered_model(app_label, model_name)

    def get_models(self, *args: Any, **words: Any) -> list[type[Model]]:
        """Return all models, rendered; Django searches them for relations to a model."""
        for key in self._states:
            self._render(*key)
        self._all_rendered = True
        return super().get_models(*args, **words)

    def clear_cache(self) -> None:
        """Forget the relations over all models, if all were rendered."""
        if self._all_rendered:
            self._all_rendered = False
            Apps.get_models.cache_clear()  # type: ignore[attr-defined]
            for model in chain.from_iterable(models.values() for models in self.all_models.values()):
                model._meta._expire_cache()  # type: ignore[attr-defined]

    def _render(self, app_label: str, model_name: str) -> None:
        key = (app_label, model_name)
        if key in self._states and key not in self._rendering and model_name not in self.all_models[app_label]:
            self._rendering.add(key)
            self._states[key].render(self)
            self._rendering.remove(key)


class SparseState(ProjectState):
    """A state that renders its models at their first use."""

    @cached_property
    def apps(self) -> Any:
        """Return the present models."""
        return SparseApps(self.real_apps, self.models)

    def clear_delayed_apps_cache(self) -> None:
        """Give Python code of a migration all models, as Django does; most of the bank's uses none."""
        self.__dict__["apps"] = SimpleLazyObject(partial(StateApps, self.real_apps, self.models))  # type: ignore[arg-type]

    def clone(self) -> "SparseState":
        return SparseState({key: each.clone() for key, each in self.models.items()}, self.real_apps)

    def remove_model(self, app_label: str, model_name: str) -> None:
        self.reload_models([(app_label, model_name)])
        super().remove_model(app_label, model_name)

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        """Render a changed or new model anew at its next use."""
        self.reload_models([(app_label, model_name)])

    def reload_models(self, models: Iterable[_Key], delay: bool = True) -> None:
        """Render changed models, and models that refer to them, anew at their next use."""
        apps = self.__dict__.get("apps")
        if not isinstance(apps, SparseApps):
            self.__dict__.pop("apps", None)
            return
        gone, more = set(models), list(models)
        while more:
            referring = self.relations.get(more.pop(), {}).keys() - gone
            gone |= referring
            more += referring
        for key in gone:
            apps.unregister_model(*key)
        apps.clear_cache()


class SparseExecutor(MigrationExecutor):
    """Django's executor on sparse states; it repeats a migration in one transaction that got no lock."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        apply = super().apply_migration
        # A failed attempt may have changed its state, so each further one begins with a copy of the first state.
        first = state.clone()
        states = chain([state], (first.clone() for _ in repeat(None)))
        return _repeated(migration, lambda: apply(next(states), migration, fake=fake, fake_initial=fake_initial))

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        unapply = super().unapply_migration
        # Python of a reversal gets the state's models; Django's own state has all of them.
        return _repeated(migration, lambda: unapply(ProjectState(state.models, state.real_apps), migration, fake=fake))

    def _migrate_all_backwards(self, plan: list[Any], full_plan: list[Any], fake: bool) -> ProjectState:
        """Reverse migrations; reverse none if one of them has no way back."""
        if not fake and (found := obstacles(self, (migration for migration, _ in plan))):
            raise CommandError("\n".join(("Nothing was changed, because there is no way back:", *found)))
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
    with short_lock_waits():
        return retry_blocked(attempt)
