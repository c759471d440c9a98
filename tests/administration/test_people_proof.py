"""The proof of people raises no false alarm after the bank's own acts, and finds changes made with SQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from config.kernel.access.passwords import is_marked, mark_of
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.dates import rfc3339
from config.kernel.models import ApiKey, Decision, Passkey, ProofRun, RecoverySheet, Restore
from config.kernel.proof import retained_counts
from config.kernel.proof.proofs import keep_proof, proofs_run
from config.kernel.proof.retained_counts import FACTS, SETTLED
from config.oversight.queries.proof import INVARIANTS, prove
from config.people import immediate_acts, proposals
from config.people.demo_users import ensure_cast, ensure_users
from tests import keys
from tests.database_refusals import past_the_guards
from tests.proof_findings import violated
from tests.signed_in_browser import with_codes
from tests.staff import PASSWORD, Staff

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

ASKED = tuple(f"I{number}" for number in range(71, 78))
NEW = "another-quiet-evening"


@pytest.fixture
def staff(noon) -> Staff:
    return Staff()


@pytest.fixture(autouse=True)
def assert_no_contradiction_at_the_end(db) -> Iterator[None]:
    yield
    assert violated(*ASKED) == set()


def changed_around(table: str, statement: str) -> set[str]:
    """Return the invariants that find a statement of the owner, which is rolled back."""
    with transaction.atomic():
        with past_the_guards(table):
            rows(statement)
        found = violated(*ASKED)
        transaction.set_rollback(True)
    return found


def test_the_first_two_administrators(staff):
    assert User.objects.filter(is_superuser=True).count() == 2


def test_person_with_enrolment_and_key_gives_no_finding(staff):
    staff.hire("chen", "B1", views=["accounts.view_customer"], is_staff=True)
    assert ApiKey.objects.count() == 1
    assert changed_around("auth_user_user_permissions", "DELETE FROM auth_user_user_permissions") == set()


def test_group_of_views_with_members_gives_no_finding(staff):
    staff.approved(proposals.propose_group, name="审计", views=["kernel.view_decision"])
    staff.hire("chen", "B1", groups=["审计"], is_staff=True)
    staff.approved(proposals.propose_group, name="审计", views=["kernel.view_trailrecord"])
    more = "INSERT INTO auth_group_permissions (group_id, permission_id) SELECT g.id, p.id FROM auth_group g, auth_permission p LIMIT 1"
    assert changed_around("auth_group_permissions", more) == {"I73"}


def test_keys_are_rotated_expire_and_are_revoked(staff):
    staff.hire("chen", "B1")
    staff.key("chen", rotates=True, expires_at=timezone.now() + timedelta(days=1))
    ApiKey.objects.filter(revoked_at=None).update(expires_at=timezone.now() - timedelta(days=1))
    staff.key("chen")
    (newest,) = ApiKey.objects.filter(revoked_at=None, expires_at=None)
    perform(lambda: immediate_acts.revoke_one_key(principal=staff.ada, key_id=newest.pk))


def test_people_and_principals_are_switched_off_and_on_again(staff):
    staff.hire("chen", "B1")
    chen = staff.caller("chen")
    perform(lambda: immediate_acts.switch_off_principal(principal=staff.ada, principal_id=chen.id))
    staff.approved(proposals.propose_switch_on, principal_id=chen.id)
    staff.key("chen")
    staff.leaves("chen")
    person = User.objects.get(username="chen").person
    staff.approved(proposals.propose_user, username="chen", staff_number="B9", person_id=person.pk)
    staff.approved(proposals.propose_principal, name="chen-2", role="supervisor", person_id=person.pk)


def test_an_administrator_is_made_and_unmade(staff):
    staff.approved(proposals.propose_user, username="chen", staff_number="B1")
    person = User.objects.get(username="chen").person
    for active in (True, False, True):
        staff.approved(proposals.propose_administrator, person_id=person.pk, active=active)
        assert User.objects.get(username="chen").is_superuser is active
    staff.leaves("chen")


def test_a_way_back_in_gives_a_code_a_number_and_an_office(staff, capsys):
    call_command("break_glass", "ada", "A9")
    staff.enrol("ada", capsys.readouterr().out.split("\t")[1], NEW)
    call_command("break_glass", "zhao", "A3")
    staff.enrol("zhao", capsys.readouterr().out.split("\t")[1])


def test_new_password_and_factors_by_two_administrators_give_no_finding(staff):
    staff.hire("chen", "B1")
    staff.keeps_more_factors("chen")
    unused = staff.approved(proposals.propose_enrolment, person_id=staff.caller("chen").person_id)
    staff.code(unused)
    assert violated(*ASKED) == set()
    row = staff.approved(proposals.propose_enrolment, person_id=staff.caller("chen").person_id)
    staff.enrol("chen", staff.code(row), NEW)
    assert changed_around("kernel_enrolment", "UPDATE kernel_enrolment SET used_at = NULL") == {"I72"}


def test_factors_are_used(staff):
    staff.hire("chen", "B1")
    staff.keeps_more_factors("chen")
    client = staff.sits_down("chen")
    before = Passkey.objects.get().pk
    assert client.post("/desk/me/recovery-codes").status_code == 200
    assert RecoverySheet.objects.count() == 1
    seed = client.post("/desk/me/authenticator").context["seed"].replace(" ", "")
    client.types_codes = False
    token = staff.token(seed)
    answer = client.post("/desk/me/authenticator", {"seed": seed, "token": token})
    assert (answer.status_code, Passkey.objects.get().pk) == (302, before)
    assert with_codes(client).post(f"/desk/me/passkeys/{before}/end").status_code == 302


def test_a_password_of_ones_own(staff):
    staff.hire("chen", "B1")
    typed = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert staff.sits_down("chen").post("/desk/me/password", typed).status_code == 302
    (old,) = rows("SELECT password FROM auth_user WHERE username = 'ada'")
    other = f"UPDATE auth_user SET password = '{old['password']}' WHERE username = 'chen'"
    assert changed_around("auth_user", other) == {"I74"}


def test_password_rehashed_at_a_sign_in_gives_no_finding(staff, monkeypatch):
    staff.hire("chen", "B1")
    was = User.objects.get(username="chen").password
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda *_: True)
    for _ in range(2):
        staff.sits_down("chen")
    assert User.objects.get(username="chen").password != was
    assert Decision.objects.filter(kind="rehash_password").count() == 2


def test_changed_password_gives_no_finding(staff, monkeypatch):
    staff.hire("chen", "B1")
    client = staff.sits_down("chen")
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda *_: True)
    typed = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert client.post("/desk/me/password", typed).status_code == 302
    assert Decision.objects.filter(kind="rehash_password").count() == 1


def test_a_password_that_is_saved_alone_around_the_bank_is_no_rehash(staff):
    staff.hire("chen", "B1")
    with transaction.atomic():
        chen = User.objects.get(username="chen")
        chen.password = make_password("x")
        chen.save(update_fields=["password"])
        assert violated("I74") == {"I74"}
        assert not Decision.objects.filter(kind="rehash_password").exists()
        transaction.set_rollback(True)


def test_the_index_key_is_changed(staff):
    staff.hire("chen", "B1")
    staff.keeps_more_factors("chen")
    with keys.changed():
        keys.use(f"{keys.OWN_INDEX},{keys.OTHER}")
        assert violated("I74") == set()
        chen = User.objects.get(username="chen")
        assert is_marked(chen.pk, chen.password, [mark_of(chen)])


def test_the_people_of_the_demo(noon):
    made = ensure_cast({})
    ensure_users()
    assert ensure_cast(made) == made
    assert ensure_users()
    assert not Decision.objects.filter(kind="rehash_password").exists()


def facts_of_the_last_run() -> dict[str, str]:
    run = proofs_run()[0]
    return Decision.objects.get(kind="prove", object_id=run.pk).facts


def test_repeated_run_reports_a_missing_row_again(staff):
    staff.hire("chen", "B1")
    staff.sits_down("chen")
    long_ago = timezone.now() + SETTLED + timedelta(days=1)
    (still_there,) = (each for each in INVARIANTS if each.name == "I77")
    with transaction.atomic():
        keep_proof(prove(), began_at=long_ago)
        first = facts_of_the_last_run()
        with past_the_guards("kernel_decision"):
            rows("DELETE FROM kernel_decision WHERE kind = 'enrol'")
        for days in (1, 2):
            findings = prove((still_there,))
            assert [each.ids for each in findings] == [("kernel_decision",)]
            keep_proof(findings, began_at=long_ago + timedelta(days=days))
        assert ProofRun.objects.count() == 3
        facts = facts_of_the_last_run()
        same = {fact for fact in FACTS.values() if facts[fact] == first[fact]}
        assert same == {"counted_decisions"}, "the others are counted anew"
        with past_the_guards("kernel_trailrecord"):
            rows("DELETE FROM kernel_trailrecord")
        assert [each.ids for each in prove((still_there,))] == [("kernel_decision", "kernel_trailrecord")]
        assert violated("I76") == set()
        transaction.set_rollback(True)


def test_a_loss_is_accepted_with_the_confirmation_of_a_restore(staff):
    began_at = timezone.now() + SETTLED + timedelta(days=1)
    staff.hire("chen", "B1", role="supervisor")
    staff.sits_down("chen")
    with transaction.atomic():
        keep_proof(prove(), began_at=began_at)
        with past_the_guards("kernel_trailrecord"):
            rows("DELETE FROM kernel_trailrecord")
        keep_proof(prove(), began_at=began_at + timedelta(hours=1))
        later = began_at + timedelta(hours=2)
        Restore.objects.create(restored_at=later, source="rows lost with a disk")
        with pytest.raises(CommandError, match=r"I77 violated\. What I77 names is accepted as lost with --accept-loss"):
            call_command("confirm_restore", "--by", "chen", stdout=StringIO())
        assert violated("I77") == {"I77"}
        call_command("confirm_restore", "--by", "chen", "--accept-loss", stdout=StringIO())
        assert Restore.objects.get().proof["lost"] == ["kernel_trailrecord"]
        assert violated("I77") == set()
        keep_proof(prove(), began_at=later + timedelta(hours=1))
        facts = facts_of_the_last_run()
        assert {facts[fact].split()[0] for fact in FACTS.values()} == {rfc3339(later + timedelta(hours=1) - SETTLED)}
        transaction.set_rollback(True)


def test_restored_counts_are_compared_again(staff):
    began_at = timezone.now() + SETTLED + timedelta(days=1)
    staff.hire("chen", "B1", role="supervisor")
    staff.sits_down("chen")
    with transaction.atomic():
        Restore.objects.create(restored_at=began_at - timedelta(minutes=1), source="a backup")
        call_command("confirm_restore", "--by", "chen", stdout=StringIO())
        keep_proof(prove(), began_at=began_at)
        with past_the_guards("kernel_trailrecord"):
            rows("DELETE FROM kernel_trailrecord")
        assert violated("I77") == {"I77"}
        transaction.set_rollback(True)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_run_that_cannot_count_is_kept(staff, monkeypatch, earlier):
    began_at = timezone.now() + SETTLED + timedelta(days=1)
    with transaction.atomic():
        if earlier:
            keep_proof(prove(), began_at=began_at)
            before = facts_of_the_last_run()
        monkeypatch.setitem(retained_counts._COUNTS, "kernel_proofrun", "(SELECT (1 / 0)::text)")
        keep_proof(prove(), began_at=began_at + timedelta(days=1))
        facts = facts_of_the_last_run()
        for fact in FACTS.values():
            assert facts.get(fact) == (before[fact] if earlier else None)
        assert violated("I76", "I77") == set()
        transaction.set_rollback(True)


def test_a_question_that_is_not_answered_in_time_is_broken_and_the_run_is_kept(staff):
    began_at = timezone.now() + SETTLED + timedelta(days=1)
    with transaction.atomic():
        keep_proof(prove(), began_at=began_at)
        before = facts_of_the_last_run()
        rows("SET LOCAL statement_timeout = '200ms'")
        slow = replace(retained_counts.STILL_THERE, sql="SELECT pg_sleep(1)::text AS id")
        findings = prove((slow,))
        rows("SET LOCAL statement_timeout = 0")
        assert [each.ids for each in findings] == [("not answered in time",)]
        keep_proof(findings, began_at=began_at + timedelta(days=1))
        facts = facts_of_the_last_run()
        assert {fact: facts[fact] for fact in FACTS.values()} == {fact: before[fact] for fact in FACTS.values()}
        transaction.set_rollback(True)
