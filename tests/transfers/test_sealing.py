"""What older versions kept in plain is sealed beside the bank's work, and opened again on the way back."""

import base64
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts.models import Customer, ExternalAccount
from blacklist.models import CaseAccount
from config.desk.second_factors import confirm_second_factor, prepare_second_factor
from config.kernel import sealing
from config.kernel.models import SecondFactor
from config.kernel.sealed import account_key, card_key
from config.kernel.sealing import open_place, places, plain_rows
from config.kernel.sql import rows
from config.stack.process import wait_until
from tests import factories, people
from tests.broken import past_the_guards, refused_by
from tests.clock import NOON
from tests.listing import certify
from tests.races import Beside
from tests.roles import superuser
from tests.transfers.factories import clearing, held
from transfers.models import Transfer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]

EDITOR = SimpleNamespace(connection=connection)
NUMBER = "6222000011112222"
BORN = "1949-12-31"


@pytest.fixture
def old(noon, zhang, payer):
    """A bank as the version before has written it."""
    Customer.objects.filter(pk=zhang.pk).update(birth_date=BORN)
    factories.external_account(zhang, NUMBER, "YZ", account_number=NUMBER)
    certify(case_accounts=[{"account_number": NUMBER, "bank_code": "YZ"}])
    with past_the_guards("blacklist_caseaccount", "accounts_externalaccount"):
        CaseAccount.objects.update(account_number=NUMBER)
    held(payer, clearing("YZ"), due_at=NOON, payee_account_number="ab12", count=5, plain=True)
    held(payer, factories.account(zhang, "II"), due_at=NOON)


def told():
    """Return everything as it is read, wherever it stands."""
    return (
        [each.born_on for each in Customer.objects.order_by("pk")],
        [each.number for each in ExternalAccount.objects.all()],
        [each.number for each in CaseAccount.objects.all()],
        [each.payee_number for each in Transfer.objects.order_by("pk")],
    )


def seal_plain():
    out = StringIO()
    call_command("seal_plain", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("piece", [1, 2, 2000])
def test_all_is_sealed_and_reads_as_before(old, piece, monkeypatch):
    monkeypatch.setattr(sealing, "PIECE", piece)
    before = told()
    assert len(list(plain_rows())) == 8
    assert "transfers_transfer.payee_account_number: done, 5 sealed" in seal_plain()
    assert list(plain_rows()) == []
    assert told() == before
    keys = {bytes(each) for each in Transfer.objects.exclude(payee_key=None).values_list("payee_key", flat=True)}
    assert keys == {account_key("AB12", "yz")}
    # The number of an account of this bank stays.
    assert Transfer.objects.exclude(payee_account_number="").count() == 1
    assert "done, 0 sealed" in seal_plain()
    assert told() == before


def test_what_was_sealed_is_opened_for_the_version_before(old):
    before = told()
    seal_plain()
    for place in places():
        assert sum(open_place(place))
    assert len(list(plain_rows())) == 8
    assert {each.account_number for each in (*ExternalAccount.objects.all(), *CaseAccount.objects.all())} == {NUMBER}
    assert sorted(Transfer.objects.values_list("payee_account_number", flat=True))[-5:] == ["ab12"] * 5
    assert told() == before
    seal_plain()
    assert told() == before


def test_what_was_refused_for_a_number_that_nothing_bears_here_is_sealed_as_a_cards(old, payer):
    number = "6222020000000000142"
    principal = factories.caller("atm", "held")
    refused = Transfer(
        status="refused", channel="atm", amount_fen=1, payer_account=payer, payee_account_number=number,
        accepted_at=NOON, ended_at=NOON, outcome_code="PAYEE_NOT_FOUND", made_by_id=principal.id,
    )  # fmt: skip
    refused.save(force_insert=True)
    assert f"transfers_transfer.payee_account_number {refused.pk}" in plain_rows()
    assert refused.payee_number == number
    assert "transfers_transfer.payee_account_number: done, 6 sealed" in seal_plain()
    refused.refresh_from_db()
    assert (refused.payee_account_number, refused.payee_number) == ("", number)
    assert bytes(refused.payee_key) == card_key(number)
    # The version before reads it sealed, too; what names an account here was never sealed.
    for place in places():
        assert sum(open_place(place))
    refused.refresh_from_db()
    assert (refused.payee_account_number, refused.payee_number) == ("", number)
    assert Transfer.objects.filter(payee_bank_code="").exclude(payee_account_number="").count() == 1


def test_a_row_that_somebody_holds_is_waited_for_while_all_others_are_sealed(old):
    first = Transfer.objects.exclude(payee_bank_code="").order_by("pk").first()
    with connection.copy().cursor() as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM transfers_transfer WHERE id = %s FOR NO KEY UPDATE", [first.pk])
        beside = Beside(seal_plain)
        assert wait_until(lambda: Transfer.objects.exclude(payee_key=None).count() == 4, seconds=60)
        beside.wait_until_it_waits()
        other.execute("COMMIT")
        other.connection.close()
    assert "5 sealed" in beside.result()
    assert list(plain_rows()) == []


@pytest.mark.parametrize(
    "change",
    ["payee_sealed = 'x'::bytea, payee_key = 'x'::bytea", "payee_account_number = ''", "payee_account_number = 'AB13'"],
)
def test_nobody_seals_another_number_or_none(old, change):
    with refused_by("transfer_accepted_stands"):
        rows(f"UPDATE transfers_transfer SET {change} WHERE payee_bank_code <> ''")


def test_what_is_sealed_is_never_sealed_anew(old):
    seal_plain()
    with refused_by("transfer_accepted_stands"):
        rows("UPDATE transfers_transfer SET payee_key = 'x'::bytea WHERE payee_bank_code <> ''")


def test_only_the_owner_of_the_tables_seals(old):
    sealed = "payee_account_number = '', payee_sealed = 'x'::bytea, payee_key = 'x'::bytea"
    with superuser() as session:
        session.execute("CREATE ROLE somebody")
        session.execute("GRANT SELECT, UPDATE ON transfers_transfer TO somebody")
        session.execute("SET ROLE somebody")
        with pytest.raises(psycopg.errors.CheckViolation, match="what was accepted never changes"):
            session.execute(f"UPDATE transfers_transfer SET {sealed} WHERE payee_bank_code <> ''")
        session.rollback()


# --- seeds of second factors ------------------------------------------------------------------------

migration = import_module("config.kernel.migrations.0017_sealed_seeds")


@pytest.fixture
def clerk():
    return people.user("clerk")


def code_of(key):
    return f"{TOTP(bytes.fromhex(key)).token():06d}"


def test_second_factors_go_over_with_their_pauses_and_back_again(clerk):
    paused = timezone.now()
    plain = TOTPDevice.objects.create(
        user=clerk, name="app", drift=1, last_t=7, throttling_failure_count=3, throttling_failure_timestamp=paused
    )
    migration.seal_seeds(None, EDITOR)
    kept = SecondFactor.objects.get()
    for name in ("user", "name", "key", "bin_key", "drift", "last_t", "tolerance", "created_at", "confirmed"):
        assert getattr(kept, name) == getattr(plain, name)
    assert kept.throttling_failure_count == 3
    assert plain.key.encode() not in bytes(kept.__dict__["key"])
    SecondFactor.objects.update(last_t=8)
    migration.open_seeds(None, EDITOR)
    back = TOTPDevice.objects.get()
    assert (back.key, back.last_t, back.throttling_failure_timestamp) == (plain.key, 8, paused)


def test_seeds_in_plain_are_deleted_once_no_process_reads_them(clerk):
    old = TOTPDevice.objects.create(user=clerk, name="app")
    TOTPDevice.objects.update(created_at=NOON)
    migration.seal_seeds(None, EDITOR)
    assert "0 moved" in seal_plain()
    assert not TOTPDevice.objects.exists()
    assert SecondFactor.objects.get().verify_token(code_of(old.key))


def test_one_that_the_version_before_has_issued_meanwhile_is_the_persons_only_one(clerk):
    SecondFactor.objects.create(user=clerk, name="app")
    issued = TOTPDevice.objects.create(user=clerk, name="app", key=default_key())
    assert "1 moved" in seal_plain()
    assert SecondFactor.objects.get(user=clerk).key == issued.key


def test_one_that_was_revoked_meanwhile_does_not_come_back(clerk):
    TOTPDevice.objects.create(user=clerk, name="app")
    with transaction.atomic():
        seed = prepare_second_factor(clerk)
        assert confirm_second_factor(clerk, code_of(base64.b32decode(seed).hex()))
    assert "0 moved" in seal_plain()
    kept = SecondFactor.objects.get(user=clerk)
    assert seed
    assert not TOTPDevice.objects.exists()
    assert kept.name == "app"
