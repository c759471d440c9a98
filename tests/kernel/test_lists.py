"""Lists: newest first, stable under concurrent writes, every row once, unknown cursors refused."""

import base64

import pytest

from config.frames.api.pagination import read_cursor, write_cursor
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Approval, Principal


@pytest.fixture
def auditor(client_for):
    return client_for("auditor")


@pytest.fixture
def rows(proposals, teller, noon):
    return [str(proposals.propose(teller.caller).id) for _ in range(7)]


def _page(client, **query):
    body = client.get("/approvals", **query).json()
    return [each["id"] for each in body["results"]], body["next"]


def test_an_empty_list(auditor, noon):
    assert _page(auditor) == ([], None)


def test_newest_first(auditor, rows):
    assert _page(auditor) == (rows[::-1], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 200])
def test_every_row_once_whatever_the_limit(auditor, rows, limit):
    seen, cursor = [], None
    while True:
        page, cursor = _page(auditor, limit=limit, **({"cursor": cursor} if cursor else {}))
        assert 0 < len(page) <= limit
        seen += page
        if cursor is None:
            break
    assert seen == rows[::-1]


def test_a_list_is_stable_while_rows_are_added(auditor, rows, proposals, teller):
    first, cursor = _page(auditor, limit=3)
    proposals.propose(teller.caller)
    second, cursor = _page(auditor, limit=3, cursor=cursor)
    proposals.propose(teller.caller)
    third, cursor = _page(auditor, limit=3, cursor=cursor)
    assert first + second + third == rows[::-1]
    assert cursor is None


def test_filters_stay_with_the_cursor(auditor, rows, supervisor):
    supervisor.approve(rows[3])
    _, cursor = _page(auditor, limit=2, status="pending")
    page, _ = _page(auditor, limit=200, status="pending", cursor=cursor)
    assert rows[3] not in page
    assert len(page) == 4


@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "abc", "", "1.0", "1e1", "1_0", " 5", "５", "٣", "1" * 30, "999999999", "null", "+1"]
)
def test_another_limit_is_400(auditor, rows, limit):
    answer = auditor.get("/approvals", limit=limit)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"limit"}


def test_50_rows_by_default(auditor, proposals, teller, noon):
    for _ in range(51):
        proposals.propose(teller.caller)
    page, cursor = _page(auditor)
    assert len(page) == 50
    assert cursor


def _forged(rows):
    genuine = write_cursor(Approval.objects.get(pk=rows[0]))
    raw = base64.urlsafe_b64decode(genuine + "=" * (-len(genuine) % 4))
    yield "nonsense"
    yield ""
    yield "é"
    yield "=" * 8
    yield rows[0]
    yield base64.urlsafe_b64encode(b"\0" * 6 + rows[1].encode()).decode()
    yield base64.urlsafe_b64encode(raw[:6] + rows[1].encode()).decode()
    yield base64.urlsafe_b64encode(raw[:6]).decode()
    yield base64.urlsafe_b64encode(raw[:6] + b"\xff").decode()
    yield "a" * 201
    yield genuine[:-1]


def test_a_forged_cursor_is_400(auditor, rows):
    for cursor in _forged(rows):
        answer = auditor.get("/approvals", cursor=cursor)
        assert answer.status_code == 400, cursor
        assert set(answer.json()["fields"]) == {"cursor"}


def test_a_cursor_of_another_list_is_unknown(rows):
    approval = Approval.objects.get(pk=rows[0])
    assert read_cursor(Approval, write_cursor(approval)) == rows[0]
    with pytest.raises(BadRequest):
        read_cursor(Principal, write_cursor(approval))
