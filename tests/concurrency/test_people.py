"""Concurrent acts of administrators and other people: the second sees the result of the first."""

import base64

import pytest
from django.contrib.auth.models import User
from django_otp.oath import TOTP

from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.models import ApiKey, Principal
from config.people import collection, founding, immediate_acts, proposals, queries, staff
from tests import factories, people
from tests.administration.conftest import approved, one, other  # noqa: F401 - fixtures
from tests.concurrency.conftest import outcome_during
from tests.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a-long-and-quiet-evening"


@pytest.fixture
def machine(noon):
    """A machine with a key."""
    found = people.principal("atm-9", "atm")
    people.key(found)
    return found


def switch_off(by, principal):
    return immediate_acts.switch_off_principal(principal=by, principal_id=principal.pk)


def switch_off_person(by, principal):
    return immediate_acts.switch_off_person(principal=by, person_id=principal.person_id)


def test_person_is_deactivated_once(one, other):  # noqa: F811 - the fixtures
    teller = factories.caller("teller")
    people.signs_in(teller)
    assert outcome_during(lambda: switch_off_person(one, teller), lambda: switch_off_person(other, teller)) == (
        "NOTHING_CHANGES"
    )


def test_a_principal_is_switched_off_once(one, other, machine):  # noqa: F811 - the fixtures
    assert outcome_during(lambda: switch_off(one, machine), lambda: switch_off(other, machine)) == "NOTHING_CHANGES"


def test_a_key_is_revoked_once(one, other, machine):  # noqa: F811 - the fixtures
    key_id = ApiKey.objects.get().pk
    calls = [lambda by=by: immediate_acts.revoke_one_key(principal=by, key_id=key_id) for by in (one, other)]
    assert outcome_during(*calls) == "NOTHING_CHANGES"


def test_a_key_is_collected_once(other, approved, machine):  # noqa: F811 - the fixtures
    row = approved(proposals.propose_key, principal_id=machine.pk)

    def collect():
        return collection.collect_key(principal=other, administration_id=row.pk)

    assert outcome_during(collect, collect) == "NOT_COLLECTABLE"
    assert ApiKey.objects.filter(administration=row).count() == 1


def test_a_half_of_a_code_is_collected_once(one, other, approved):  # noqa: F811 - the fixtures
    row = approved(proposals.propose_user, username="chen", staff_number="10086")

    def collect(by=other):
        return collection.collect_enrolment_code(principal=by, administration_id=row.pk)

    perform(lambda: collect(one))
    assert outcome_during(collect, collect) == "NOT_COLLECTABLE"


def test_key_of_a_principal_being_deactivated_is_not_proposed(one, other, machine):  # noqa: F811 - the fixtures
    def propose():
        return proposals.propose_key(principal=other, principal_id=machine.pk)

    assert outcome_during(lambda: switch_off(one, machine), propose) == "PRINCIPAL_NOT_ACTIVE"


def test_enrolment_of_a_person_being_deactivated_is_not_proposed(one, other):  # noqa: F811 - the fixtures
    teller = factories.caller("teller")
    people.signs_in(teller)

    def propose():
        return proposals.propose_enrolment(principal=other, person_id=teller.person_id)

    assert outcome_during(lambda: switch_off_person(one, teller), propose) == "NO_USER"


def test_one_of_three_administrators_leaves(one, other):  # noqa: F811 - the fixtures
    third = people.caller_for(people.administrator("third").person.principals.get())
    leave = [lambda who=who: switch_off_person(one, who) for who in (other, third)]
    assert outcome_during(*leave) == "TOO_FEW_ADMINISTRATORS"
    assert queries.administrators().count() == 2


def test_enrolment_uses_the_code_once(one, other, approved):  # noqa: F811 - the fixtures
    row = approved(proposals.propose_user, username="chen", staff_number="10086")
    halves = [
        perform(lambda by=by: collection.collect_enrolment_code(principal=by, administration_id=row.pk))[0]
        for by in (one, other)
    ]
    shown = {"username": "chen", "code": " ".join(halves)}
    seed = perform(lambda: collection.begin_enrolment(**shown))
    token = f"{TOTP(base64.b32decode(seed)).token():06d}"

    def finish():
        return collection.finish_enrolment(**shown, password=PASSWORD, token=token)

    assert outcome_during(finish, lambda: collection.begin_enrolment(**shown)) == "ENROLMENT_REFUSED"


def test_break_glass_reactivates_a_person_deactivated_meanwhile(one, other):  # noqa: F811 - the fixtures
    people.administrator("third")
    third = Principal.objects.get(name="third")

    def break_glass():
        with as_owner():
            founding.break_glass("third", third.person.staff_number)

    assert outcome_during(lambda: switch_off_person(one, third), break_glass) == "done"
    third.refresh_from_db()
    assert (third.active, User.objects.get(username="third").is_active) == (True, True)


def test_break_glass_keeps_a_password_changed_meanwhile(one):  # noqa: F811 - the fixture
    people.administrator("third")
    third = Principal.objects.get(name="third")

    def change():
        user = User.objects.get(username="third")
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])

    def break_glass():
        with as_owner():
            founding.break_glass("third", third.person.staff_number)

    assert outcome_during(change, break_glass) == "done"
    assert User.objects.get(username="third").check_password(PASSWORD)


def test_a_new_role_waits_for_a_simultaneous_leave(one, other, approved):  # noqa: F811 - the fixtures
    person = approved(staff.propose_new_person, name="chen", staff_number="10087", role="teller").person
    approval = perform(lambda: staff.propose_role(principal=one, person_id=person.pk, role="supervisor"))[1]

    def approve():
        return approvals.approve(approval.pk, principal=other)

    assert (
        outcome_during(lambda: immediate_acts.switch_off_person(principal=one, person_id=person.pk), approve)
        == "APPROVAL_STALE"
    )
    assert not Principal.objects.filter(person=person, active=True).exists()


def test_a_person_is_proposed_once_by_two_administrators(one, other):  # noqa: F811 - the fixtures
    def propose(by):
        return staff.propose_new_person(principal=by, name="chen", staff_number="10088", role="teller")

    assert outcome_during(lambda: propose(one), lambda: propose(other)) == "APPROVAL_PENDING"
