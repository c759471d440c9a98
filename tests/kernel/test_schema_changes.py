"""Texts for people are not part of the schema: they change without a migration, columns do not."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from config.kernel.law.text import Text
from config.kernel.management.commands import makemigrations, migrate
from config.kernel.schema.schema_changes import SchemaAutodetector


def state(**columns: models.Field) -> ProjectState:
    found = ProjectState()
    name = columns.pop("called", Text("账户", "Account"))
    fields = [("id", models.BigAutoField(primary_key=True)), *columns.items()]
    found.add_model(ModelState("accounts", "Thing", fields, {"verbose_name": name}))
    return found


def changes(old: ProjectState, new: ProjectState) -> list[str]:
    found = SchemaAutodetector(old, new)._detect_changes()
    return [
        operation.describe() for migrations in found.values() for each in migrations for operation in each.operations
    ]


def column(length: int = 8, word: str = "状态", label: str = "正常") -> models.CharField:
    return models.CharField(
        max_length=length, verbose_name=Text(word, "Status"), choices=[("open", Text(label, "Open"))]
    )


def test_other_words_are_no_change():
    old = state(status=column())
    new = state(status=column(word="现状", label="开立"), called=Text("户", "Thing"))
    assert changes(old, new) == []


def test_a_column_that_changes_is_one_and_bears_no_words():
    new = state(status=column(length=9))
    assert changes(state(status=column()), new) == ["Alter field status on thing"]
    found = SchemaAutodetector(state(status=column()), new)._detect_changes()
    (operation,) = found["accounts"][0].operations
    assert operation.field.deconstruct()[3] == {"max_length": 9}


@pytest.mark.parametrize("command", [makemigrations.Command, migrate.Command])
def test_both_commands_ignore_texts_for_people(command: Callable[[], BaseCommand]):
    assert command().autodetector is SchemaAutodetector


@pytest.mark.django_db
def test_the_models_are_as_the_migrations_leave_them():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
