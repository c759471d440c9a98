"""Unmasked data is recorded; an opening form is given once, to the person who opened the account."""

from datetime import date
from functools import partial

import pytest

from accounts.operations.accounts import open_account
from accounts.operations.unmasking import print_opening_form, unmask_customer
from accounts.policy.opening import FormFacts, may_print_form
from accounts.vocabulary import AccountClass, AccountKind
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import NotFound
from config.kernel.models import Decision
from tests import factories
from tests.factories import ZHANG
from tests.races import times

pytestmark = pytest.mark.django_db

TODAY, YESTERDAY = date(2026, 1, 5), date(2026, 1, 4)


@pytest.fixture
def teller(noon):
    return factories.caller("teller")


def opened_by(caller, customer):
    return perform(
        partial(
            open_account,
            principal=caller,
            customer_id=customer.id,
            kind=AccountKind.BANK,
            account_class=AccountClass.I,
        )
    )


def taken(caller, account_id):
    return perform(partial(print_opening_form, principal=caller, account_id=account_id))


def looks():
    return list(Decision.objects.filter(kind="unmask").values_list("principal__name", "customer_id", "facts__reason"))


@pytest.mark.parametrize(
    ("change", "may"),
    [
        ({}, True),
        ({"opened_on": YESTERDAY}, False),
        ({"opened_by_caller": False}, False),
        ({"printed": True}, False),
    ],
    ids=["first", "the day after", "another person's", "again"],
)
def test_roles_that_may_take_a_form(change, may):
    facts = {"opened_on": TODAY, "today": TODAY, "opened_by_caller": True, "printed": False}
    assert may_print_form(FormFacts(**facts | change)) is may


def test_a_form_shows_the_holder_whole_and_is_on_record(teller, zhang):
    whole = taken(teller, opened_by(teller, zhang))
    assert (whole.name, whole.document.number) == (ZHANG.name, ZHANG.number)
    assert ZHANG.name not in repr(whole)
    assert ZHANG.number not in repr(whole)
    assert looks() == [("teller", zhang.id, "opening_form")]


def test_form_is_given_once_to_the_opener_of_the_account_on_the_same_day(teller, zhang, li, noon):
    first, second = opened_by(teller, zhang), opened_by(teller, li)
    assert taken(factories.caller("teller", "other"), first) is None
    assert taken(teller, first) is not None
    assert taken(teller, first) is None
    noon.advance(hours=12)
    assert taken(teller, second) is None
    assert len(looks()) == 1


@pytest.mark.django_db(transaction=True)
def test_windows_that_ask_at_the_same_instant_take_a_form_once(teller, zhang):
    account_id = opened_by(teller, zhang)
    got = times(4, partial(taken, teller, account_id))
    assert sum(each is not None for each in got) == 1
    assert len(looks()) == 1


def test_a_look_is_kept_with_its_reason(teller, zhang):
    whole = perform(partial(unmask_customer, principal=teller, customer_id=zhang.id, reason="customer_call"))
    assert (whole.name, [each.number for each in whole.documents]) == (ZHANG.name, [ZHANG.number])
    assert looks() == [("teller", zhang.id, "customer_call")]


@pytest.mark.parametrize(
    "asked",
    [partial(print_opening_form, account_id=new_id()), partial(unmask_customer, customer_id=new_id(), reason="x")],
)
def test_view_of_a_missing_row_is_not_recorded(teller, asked):
    with pytest.raises(NotFound):
        perform(partial(asked, principal=teller))
    assert looks() == []
