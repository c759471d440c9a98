"""Each constraint of a model has a test that violates it and asserts its name."""

import pytest
from django.apps import apps
from django.db.models import Model

from tests.database_refusals import names_broken

OURS = ("kernel", "blacklist", "accounts", "transfers")
#: PostgreSQL names the first in alphabetical order of those broken, and whatever breaks these breaks another before.
BEHIND_OTHERS = {"account_status_known": "account_closed_is_empty"}
#: A key with the id in it, which is unique by itself: for its lock alone (`tests/concurrency/test_merging.py`).
FOR_THEIR_LOCK = {"account_and_customer", "identity_and_customer"}
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_constraint_is_broken_by_a_test(model: type[Model]):
    names = {BEHIND_OTHERS.get(each.name, each.name) for each in model._meta.constraints}
    assert names - names_broken() - FOR_THEIR_LOCK == set()
