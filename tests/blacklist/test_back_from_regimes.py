"""The way back from the regimes: shut once a certificate is there that the version before could not keep as it is."""

from datetime import date
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from blacklist.models import Certificate
from config.kernel.sparse_states import SparseExecutor
from tests import factories
from tests.clock import NOON
from tests.schema import scratch_database


def registered(number: int, **more: Any) -> Certificate:
    return Certificate.objects.create(
        doc_no=str(number),
        authority_name="广州市公安局",
        authority_compared="广州市公安局",
        region_code="440100",
        level="prefecture",
        certified_on=date(2026, 1, 2),
        category="SELL",
        status="pending",
        review_reasons=[],
        content=b"c" * 32,
        made_by_id=factories.caller("compliance").id,
        made_at=NOON,
        **more,
    )


def back() -> None:
    SparseExecutor(connection).migrate([("blacklist", "0008_sealed")])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"legal_basis": "JDM_2024"}, id="2024"),
        pytest.param({"legal_basis": "PBOC_85"}, id="2019"),
        pytest.param({"legal_basis": "NOTICE_2016", "extent_times": 0}, id="extent"),
    ],
)
def test_nothing_is_lost_on_the_way_back(said):
    with scratch_database("regimes_back", migrated=True):
        with transaction.atomic():
            registered(1, legal_basis="NOTICE_2016")
            second = registered(2, **said)
        with pytest.raises(ProgrammingError, match=str(second.id)):
            back()
        kept = Certificate.objects.values_list("extent_times", flat=True).get(pk=second.id)
        assert kept == said.get("extent_times")


@pytest.mark.django_db(transaction=True)
def test_on_the_notice_alone_it_goes_back():
    with scratch_database("regimes_back", migrated=True):
        with transaction.atomic():
            registered(1, legal_basis="NOTICE_2016")
        back()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM blacklist_certificate")
            assert cursor.fetchone() == (1,)
