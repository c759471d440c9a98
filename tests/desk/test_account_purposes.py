"""Account purposes at the desk: checked before they are recorded, and former ones stay on the page."""

import pytest

from accounts.models import Account
from tests import factories
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db


def test_purpose_is_chosen_checked_recorded_and_shown_with_the_former_one(signed_in, zhang, noon):
    desk, account = signed_in("teller"), factories.account(zhang, "I", purpose="salary")
    page, shown = f"/desk/accounts/{account.id}/told", f"/desk/accounts/{account.id}"
    assert page in text_of(desk.get(shown))
    assert desk.post(page, {"once": "1" * 32}).status_code == 400
    form = {"once": "2" * 32, "purpose": "business"}
    checked = text_of(desk.post(page, form))
    assert checked.index("代发工资") < checked.index("经营收付款")
    assert Account.objects.get().purpose == "salary"
    done = text_of(desk.post(page, form | {"checked": "yes"}, follow=True))
    assert "代发工资 → 经营收付款" in done
    assert desk.post(page, {"once": "3" * 32, "purpose": "business", "checked": "yes"}).status_code == 400
    timeline = text_of(desk.get(f"/desk/customers/{zhang.id}/timeline"))
    assert "登记账户种类或用途" in timeline
    reader = english(signed_in("auditor"))
    assert "Salary → Business payments" in text_of(reader.get(shown))
    assert page not in text_of(reader.get(shown))


def test_organizations_accounts_have_a_kind_and_one_is_basic(signed_in, noon):
    organization = factories.customer(factories.ORGANIZATION)
    desk = signed_in("teller")
    basic, other = factories.account(organization, unit_kind="basic"), factories.account(organization)
    sent = {"once": "1" * 32, "unit_kind": "basic", "checked": "yes"}
    refused = desk.post(f"/desk/accounts/{other.id}/told", sent)
    assert refused.status_code == 422
    assert "请先将原基本存款账户销户或变更种类" in text_of(refused)
    for nth, (account, kind) in enumerate(((basic, "general"), (other, "basic"))):
        sent = {"once": f"{nth + 2}" * 32, "unit_kind": kind, "checked": "yes"}
        assert desk.post(f"/desk/accounts/{account.id}/told", sent).status_code == 302
    assert desk.get(f"/desk/accounts/{factories.account(organization, kind='payment').id}/told").status_code == 404
