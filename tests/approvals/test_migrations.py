"""What lapsed in older versions was stored as rejected: what its proposal proves is put right, there and back again."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, CardException, Document, Reverification
from config.kernel.ids import new_id
from config.kernel.models import Approval, Decision
from config.kernel.sealed import blind_index
from config.kernel.sql import rows
from tests import factories
from tests.broken import past_the_guards
from tests.clock import NOON

pytestmark = pytest.mark.django_db

accounts = import_module("accounts.migrations.0013_proposals")
blacklist = import_module("blacklist.migrations.0006_proposals")
kernel = import_module("config.kernel.migrations.0010_proposals")
WEEK = timedelta(days=7)
#: What a proposal says of a row that is stored as rejected, and what the row is then.
PROVES = {
    "rejected by another": ({"status": "rejected"}, "rejected"),
    "expired": ({"status": "expired"}, "expired"),
    "never decided, and its time is over": ({"status": "pending", "made_at": NOON - WEEK}, "expired"),
    "never decided, and its time is not over": (
        {"status": "pending", "made_at": NOON - WEEK + timedelta(microseconds=1)}, "rejected",
    ),
    "withdrawn": ({"status": "withdrawn", "decided_at": NOON}, "withdrawn"),
}  # fmt: skip


def proposal(kind: str, row: Any, *, status: str, made_at: Any = NOON, **more: Any) -> Approval:
    maker, checker = factories.caller("teller", "maker"), factories.caller("supervisor", "checker")
    if status in {"approved", "rejected"}:
        more |= {"decided_by_id": checker.id, "decided_at": NOON}
    made = Approval.objects.create(
        kind=kind, object_type=kind, object_id=row.id, made_by_id=maker.id, made_at=made_at, expires_at=made_at + WEEK
    )
    Approval.objects.filter(pk=made.pk).update(status=status, **more)
    made.refresh_from_db()
    return made


def row_of(kind: str, customer: Any, number: str = "1", status: str = "rejected") -> Any:
    match kind:
        case "reverification":
            return Reverification.objects.create(
                customer=customer, method="m", result="match", status=status, asked_at=NOON
            )
        case "card_exception":
            account = Account.objects.filter(customer=customer).first() or factories.account(customer)
            made: Any = CardException(id=new_id(), account=account, product="debit", status=status, asked_at=NOON)
            made.reason = "x"
        case "external_account":
            # As the version of that migration kept it: in plain, too.
            return factories.external_account(customer, number, account_number=number, status=status)
        case _:
            made = Document(
                customer=customer, identity_key=factories.key_of("passport", f"X100000{number}", "GBR"), type="passport",
                country="GBR", status=status, created_at=NOON,
            )  # fmt: skip
            made.number = f"X100000{number}"
    made.save(force_insert=True)
    return made


@pytest.mark.parametrize("kind", list(accounts.TABLES))
def test_a_row_becomes_what_its_proposal_proves_and_rejected_again_on_the_way_back(zhang, kind):
    kept = {name: row_of(kind, zhang, str(number)) for number, name in enumerate(PROVES)}
    for name, row in kept.items():
        proposal(kind, row, **PROVES[name][0])
    open_one = row_of(kind, zhang, "9", "pending")
    proposal(kind, open_one, status="pending", made_at=NOON - WEEK)

    def stand() -> dict[str, str]:
        return {name: type(row).objects.get(pk=row.pk).status for name, row in kept.items()}

    # What later versions guard stood open then.
    with past_the_guards(accounts.TABLES[kind]):
        for _ in range(2):
            for _ in range(2):
                rows(accounts.LAPSED.format(kind=kind, table=accounts.TABLES[kind]))
                assert stand() == {name: status for name, (_, status) in PROVES.items()}
            rows(accounts.REJECTED.format(table=accounts.TABLES[kind]))
            assert set(stand().values()) == {"rejected"}
    assert type(open_one).objects.get(pk=open_one.pk).status == "pending", "that is settled with its proposal"


@pytest.mark.parametrize("kind", ["reverification", "external_account", "document_link"])
def test_what_waits_says_what_it_is_about_the_newest_of_several(zhang, kind):
    """Older versions did not keep that a proposal had lapsed: it is pending to this day."""
    old, new = (row_of(kind, zhang, "1", status) for status in ("rejected", "pending"))
    lapsed, open_one = proposal(kind, old, status="pending", made_at=NOON - WEEK), proposal(kind, new, status="pending")
    tell_all()
    about = {
        "reverification": str(zhang.id),
        "external_account": f"{zhang.id}/{blind_index('case-account', 'ICBC|1').hex()}",
        "document_link": f"{zhang.id}/passport/{factories.key_of('passport', 'X1000001', 'GBR').hex()}",
    }
    for _ in range(2):
        assert Approval.objects.get(pk=open_one.pk).about == about[kind]
        assert Approval.objects.get(pk=lapsed.pk).about == str(old.id)
        tell_all()


def tell_all() -> None:
    for kind, (table, about) in accounts.KINDS.items():
        rows(accounts.ABOUT.format(kind=kind, table=table, about=about).replace("%", "%%"))
    accounts.tell_accounts_elsewhere(None, type("Editor", (), {"connection": connection}))


def run(statements: list[str]) -> None:
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        for each in statements:
            if "CONCURRENTLY" not in each:
                cursor.execute(each)


def test_withdrawn_proposals_and_their_decisions_stay_when_the_rules_go_back_and_forth(zhang):
    decision = {"at": NOON, "kind": "k", "policy_version": "v", "outcome": "withdrawn"}
    kept = proposal("reverification", zhang, status="withdrawn", decided_at=NOON)
    Decision.objects.create(**decision)
    whole, coded = kernel.Migration.operations[-2:]
    for _ in range(2):
        run(whole.reverse_sql)
        run(coded.reverse_sql)
        for name, write in (
            ("approval_decision_is_whole", lambda: proposal("reverification", zhang, status="withdrawn", decided_at=NOON)),
            ("decision_refusal_has_code", lambda: Decision.objects.create(**decision)),
        ):  # fmt: skip
            with pytest.raises(IntegrityError) as refused, transaction.atomic():
                write()
            assert refused.value.__cause__.diag.constraint_name == name
        run(whole.sql)
        run(coded.sql)
        Decision.objects.create(**decision)
    assert Approval.objects.get(pk=kept.pk).status == "withdrawn"
    assert Decision.objects.filter(outcome="withdrawn").count() == 3
    validated = rows("SELECT conname FROM pg_constraint WHERE NOT convalidated")
    assert validated == []


def test_a_withdrawn_revocation_stays_when_its_rule_goes_back_and_forth(zhang):
    replaced, validated = blacklist.Migration.operations[1].sql
    back, looked_through = blacklist.Migration.operations[1].reverse_sql
    for _ in range(2):
        run([back, looked_through])
        assert "withdrawn" not in definition()
        run([replaced, validated])
        assert "withdrawn" in definition()


def definition() -> str:
    found = rows("SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint WHERE conname = %s", [blacklist.NAME])
    return str(found[0]["rule"])
