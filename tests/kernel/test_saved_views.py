"""Saved views: few per person, private, sealed, with a limit in the database."""

import pytest
from django.db import connection

from config.kernel.law.refusals import BadRequest
from config.kernel.models import SavedView
from config.kernel.requests.saved_views import forget_view, keep_view, views_of
from tests.database_refusals import refused_by
from tests.people import ensure

pytestmark = pytest.mark.django_db
PAGE = "transfers"


@pytest.fixture
def reader():
    return ensure("teller", "teller").id


def kept(reader):
    return [(view.slot, view.name, view.query) for view in views_of(reader, PAGE)]


def test_a_name_is_kept_once_and_is_its_readers_alone(reader):
    keep_view(reader, PAGE, "大额", "amount_from=50000")
    keep_view(reader, PAGE, "未受理", "status=refused")
    keep_view(reader, PAGE, "大额", "amount_from=100000")
    assert kept(reader) == [(1, "大额", "amount_from=100000"), (2, "未受理", "status=refused")]
    assert kept(ensure("supervisor", "supervisor").id) == []
    forget_view(reader, PAGE, 1)
    keep_view(reader, PAGE, "今日", "from=2026-01-05")
    assert {slot for slot, *_ in kept(reader)} == {1, 2}


def test_saved_view_is_sealed_and_their_number_is_limited(reader):
    for nth in range(10):
        keep_view(reader, PAGE, f"张三 {nth}", "status=held")
    with pytest.raises(BadRequest):
        keep_view(reader, PAGE, "一个太多", "status=held")
    with pytest.raises(BadRequest):
        keep_view(reader, PAGE, "张三 1", "x" * 2000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content::text FROM kernel_savedview")
        assert not any("held" in content for (content,) in cursor.fetchall())


#: Rows that the database refuses after a first view, by constraint.
VIEWS = {
    "saved_view_once_per_slot": {"slot": 1},
    "saved_views_are_few": {"slot": 11},
    "saved_view_is_small": {"slot": 2, "content": "x" * 3000},
}


@pytest.mark.parametrize("constraint", VIEWS)
def test_database_guards_saved_views(constraint, reader):
    keep_view(reader, PAGE, "大额", "amount_from=50000")
    with refused_by(constraint):
        SavedView.objects.create(**{"principal_id": reader, "page": PAGE, "content": "x", **VIEWS[constraint]})
