"""Database constraints of principals, keys and marks."""

import pytest

from config.kernel.models import ApiKey, IdempotencyKey, KeyMark
from tests import people
from tests.database_refusals import refused_by
from tests.factories import caller
from transfers.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_a_principal_has_a_role_the_bank_knows():
    with refused_by("principal_role_known"):
        people.principal("x", "manager")


def test_a_key_is_one_principals(teller, supervisor):
    digest = ApiKey.objects.get(principal=teller.principal).digest
    with refused_by("api_key_digest_unique"):
        ApiKey.objects.create(principal=supervisor.principal, digest=digest, hint="x")


def test_idempotency_key_is_unique_per_principal():
    def take(role):
        IdempotencyKey.objects.create(principal_id=caller(role).id, key="once", fingerprint=b"x" * 32)

    take("teller")
    take("supervisor")
    with refused_by("idempotency_key_once_per_principal"):
        take("teller")


@pytest.mark.parametrize("about", [{"kind": "field", "key_id": ""}, {"kind": "index", "key_id": "1"}], ids=str)
def test_a_mark_names_its_key_where_keys_have_names(about):
    with refused_by("key_mark_names_key"):
        KeyMark.objects.create(mark=b"x", **about)


def test_a_key_is_marked_once():
    KeyMark.objects.create(kind="field", key_id="another", mark=b"x")
    with refused_by("key_mark_once"):
        KeyMark.objects.create(kind="field", key_id="another", mark=b"y")


def test_a_heartbeat_is_of_a_known_part_and_one_for_each_host(noon):
    Heartbeat.objects.create(part="watcher", host="a", seen_at=noon.at)
    with refused_by("heartbeat_once"):
        Heartbeat.objects.create(part="watcher", host="a", seen_at=noon.at)
    with refused_by("heartbeat_part_known"):
        Heartbeat.objects.create(part="cook", host="a", seen_at=noon.at)
