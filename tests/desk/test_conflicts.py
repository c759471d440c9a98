"""Identity conflicts at the desk: listed to who looks into them, masked, and told on the customer's page."""

import pytest

from accounts.models import IdentityConflict
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db


def conflict(customer, name="张叁风"):
    row = IdentityConflict(customer=customer, at=NOON, principal_id=factories.caller("teller").id)
    row.name = name
    row.save(force_insert=True)
    return row


def test_the_queue_tells_whom_when_and_who_and_nothing_whole(zhang, signed_in):
    supervisor = signed_in("supervisor")
    assert "没有身份冲突" in text_of(supervisor.get("/desk/conflicts"))
    conflict(zhang)
    page = text_of(supervisor.get("/desk/conflicts"))
    assert f'href="/desk/customers/{zhang.id}"' in page
    assert "2026-01-05" in page
    assert "张*" in page
    assert "张叁风" not in page
    assert "Name entered" in text_of(english(signed_in("compliance")).get("/desk/conflicts"))
    assert signed_in("teller").get("/desk/conflicts").status_code == 403


def test_the_queue_goes_on_after_a_page(zhang, signed_in):
    rows = [conflict(zhang) for _ in range(26)]
    supervisor = signed_in("supervisor")
    first = supervisor.get("/desk/conflicts")
    assert [line.id for line in first.context["lines"]] == [row.pk for row in rows[:0:-1]]
    second = supervisor.get("/desk/conflicts", {"before": str(first.context["older"])})
    assert [line.id for line in second.context["lines"]] == [rows[0].pk]


def test_the_customers_page_tells_its_own(zhang, li, signed_in):
    conflict(li)
    page = f"/desk/customers/{zhang.id}"
    teller = signed_in("teller")
    assert "身份冲突" not in text_of(teller.get(page))
    conflict(zhang)
    told = text_of(teller.get(page))
    assert "曾以另一姓名录入" in told
    assert "张叁风" not in told
    assert "全部身份冲突" not in told
    assert "全部身份冲突" in text_of(signed_in("compliance").get(page))
