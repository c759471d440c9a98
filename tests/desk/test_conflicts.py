"""Identity conflicts at the desk: listed for those who review them, masked, shown on the customer's page."""

import pytest

from accounts.models import IdentityConflict
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db


def conflict(customer, name="张叁风"):
    row = IdentityConflict(customer=customer, at=NOON, principal_id=factories.caller("teller").id)
    row.name = name
    row.save(force_insert=True)
    return row


def test_queue_shows_masked_customer_time_and_person(zhang, signed_in):
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


def test_customers_page_shows_its_own_conflicts(zhang, li, signed_in):
    conflict(li)
    page = f"/desk/customers/{zhang.id}"
    teller = signed_in("teller")
    assert "身份冲突" not in text_of(teller.get(page))
    conflict(zhang)
    text = text_of(teller.get(page))
    assert "曾以另一姓名录入" in text
    assert "张叁风" not in text
    assert "全部身份冲突" not in text
    assert "全部身份冲突" in text_of(signed_in("compliance").get(page))


def test_a_teller_looks_at_both_sides_and_ends_it_and_it_leaves_the_list(zhang, signed_in):
    row, namesake = conflict(zhang, name="李四"), factories.customer(factories.LI)
    teller = signed_in("teller", "another")
    assert f"/desk/conflicts/{row.id}" in text_of(teller.get(f"/desk/customers/{zhang.id}"))
    page = text_of(teller.get(f"/desk/conflicts/{row.id}"))
    assert ("登记的客户" in page, "李四" in page, str(namesake.id) in page) == (True, False, True)
    whole = text_of(teller.post(f"/desk/conflicts/{row.id}/unmask", {"reason": "document_check"}))
    assert ("李四" in whole, "张三" in whole) == (True, True)
    assert Decision.objects.get(kind="unmask").object_id == row.id
    ends = f"/desk/conflicts/{row.id}/end"
    assert teller.post(ends, {"end": "", "reason": "x", "once": "a"}).status_code == 400
    needs = teller.post(ends, {"end": "renamed", "reason": "x", "once": "b"})
    assert (needs.status_code, "CONFLICT_NEEDS_ACT" in text_of(needs)) == (409, True)
    teller.post(ends, {"end": "misuse", "reason": "持证人承认，号码110101198001010018", "once": "c"})
    supervisor = signed_in("supervisor")
    assert str(row.id) not in text_of(supervisor.get("/desk/conflicts"))
    listed = text_of(supervisor.get("/desk/conflicts?state=ended"))
    assert (str(row.id) in listed, "冒用或借用他人证件" in listed, "持证人承认" in listed) == (True, True, False)
    text = text_of(supervisor.get(f"/desk/conflicts/{row.id}"))
    assert ("持证人承认" in text, "110101198001010018" in text) == (True, False)
    customers = text_of(teller.get(f"/desk/customers/{zhang.id}"))
    assert ("曾以另一姓名录入" in customers, "身份冲突核查办结" in customers) == (False, True)


def test_finding_is_refused_for_the_person_who_entered_the_number_and_for_supervisors(zhang, signed_in):
    row, namesake = conflict(zhang, name="李四"), factories.customer(factories.LI)
    page = f"/desk/conflicts/{row.id}"
    text = text_of(signed_in("teller").get(page))
    # A teller who types a name is not shown the customer of that name.
    assert ("由您录入" in text, str(namesake.id) in text) == (True, False)
    assert str(namesake.id) in text_of(signed_in("supervisor").get(page))
    own = signed_in("teller").post(f"/desk/conflicts/{row.id}/end", {"end": "misuse", "reason": "x", "once": "a"})
    assert (own.status_code, "CONFLICT_OF_YOUR_OWN" in text_of(own)) == (409, True)
    supervisor = signed_in("supervisor")
    assert "待柜员或合规人员核查" in text_of(supervisor.get(f"/desk/conflicts/{row.id}"))
    assert supervisor.post(f"/desk/conflicts/{row.id}/end", {"end": "misuse", "reason": "x"}).status_code == 403
