"""Money moves with its entries, cash with its decision: plain SQL past every rule in the code, by name."""

from contextlib import nullcontext
from typing import Any

import pytest

from accounts import ledger
from accounts.ledger import Posting, Side
from accounts.models import Account, Entry
from accounts.vocabulary import EntryKind, InternalKind
from config.kernel.ids import new_id
from config.kernel.models import Decision
from config.kernel.sql import insert, rows, send
from tests import factories
from tests.accounts.test_ledger_constraints import legs
from tests.broken import refused_by
from tests.clock import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.application]


@pytest.fixture
def account(zhang) -> Account:
    return factories.account(zhang, "I", balance_fen=1_000)


@pytest.fixture
def other(li) -> Account:
    return factories.account(li, "I", balance_fen=1_000)


def settle() -> None:
    """Let the database judge what the transaction has done, as at its end."""
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows("SET CONSTRAINTS ALL DEFERRED")


def balance(of: Account, change: int) -> None:
    rows("UPDATE accounts_account SET balance_fen = balance_fen + %s WHERE id = %s", [change, of.id])


def write(*entries: Entry) -> None:
    Entry.objects.bulk_create(entries)


#: Entries and balances in one statement, as the ledger writes them; what each is can be chosen.
TOGETHER = """
WITH entry AS (
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at)
    VALUES (%(posting)s, 1, 'opening', %(one)s, -%(fen)s, now()), (%(posting)s, 2, 'opening', %(other)s, %(fen)s, now())
)
UPDATE accounts_account a SET balance_fen = balance_fen + d.fen
FROM (VALUES (%(one)s::uuid, %(taken)s::bigint), (%(other)s::uuid, %(given)s::bigint)) d(id, fen) WHERE a.id = d.id
"""


def together(one: Account, other: Account, taken: int, given: int, fen: int = 100) -> None:
    rows(TOGETHER, {
        "posting": new_id(), "one": one.id, "other": other.id, "fen": fen, "taken": taken, "given": given,
    })  # fmt: skip


@pytest.mark.parametrize("change", [1, -1, 1_000_000])
def test_a_balance_alone_does_not_move(account, change):
    balance(account, 1_000_000)
    balance(account, -1_000_000)
    settle()
    with refused_by("account_balance_moves_with_entries"):
        balance(account, change)
        settle()


@pytest.mark.parametrize(("taken", "given"), [(-100, 101), (-99, 100), (0, 0), (-100, 0), (100, -100)])
def test_balances_move_by_what_their_entries_say(account, other, taken, given):
    with refused_by("account_balance_moves_with_entries"):
        together(account, other, taken, given)
        settle()
    together(account, other, -100, 100)
    settle()
    account.refresh_from_db()
    assert account.balance_fen == 900


def test_entries_alone_are_refused(account, other):
    posting = legs(account, -100, 100)
    posting[1].account_id, posting[1].internal_id = other.id, None
    with refused_by("account_balance_moves_with_entries"):
        write(*posting)
        settle()


@pytest.mark.parametrize("first", ["entries", "balance"])
@pytest.mark.parametrize("said", [100, 99])
def test_what_one_statement_owes_another_of_the_transaction_pays(account, first, said):
    def moved() -> None:
        acts = [lambda: write(*legs(account, 100, -100)), lambda: balance(account, said)]
        for act in acts if first == "entries" else acts[::-1]:
            act()
        settle()

    with nullcontext() if said == 100 else refused_by("account_balance_moves_with_entries"):
        moved()


def test_what_one_account_owes_no_other_pays(account, other):
    with refused_by("account_balance_moves_with_entries"):
        write(*legs(account, 100, -100))
        balance(other, 100)
        settle()


def test_no_entry_of_before_pays(account):
    write(*legs(account, 100, -100))
    balance(account, 100)
    settle()
    with refused_by("account_balance_moves_with_entries"):
        balance(account, 100)
        settle()


@pytest.mark.parametrize("columns", [{"balance_fen": 1}, {"balance_fen": 5, "held_fen": 5}], ids=str)
def test_no_account_begins_with_money(zhang, columns):
    name = "account_balance_moves_with_entries"
    with refused_by(name):
        Account.objects.create(
            customer=zhang, account_number="6000999999999999", kind="bank", account_class="II", class_slot=3,
            opened_at=NOON, **columns,
        )  # fmt: skip
        settle()


#: An account opened and posted to by one and the same command.
OPENED = """
WITH opened AS (
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                                  balance_fen, held_fen)
    VALUES (%(new)s, %(customer)s, '6000999999999999', 'bank', 'II', 3, 'open', now(), %(begins)s, 0)
), entry AS (
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at)
    VALUES (%(posting)s, 1, 'opening', %(payer)s, -100, now()), (%(posting)s, 2, 'opening', %(new)s, 100, now())
)
UPDATE accounts_account SET balance_fen = balance_fen - 100 WHERE id = %(payer)s
"""


@pytest.mark.parametrize("begins", [0, 1, 99, 100, 101])
def test_an_account_begins_with_what_the_same_command_posts_to_it(zhang, other, begins):
    told = {"new": new_id(), "customer": zhang.id, "posting": new_id(), "payer": other.id, "begins": begins}
    with nullcontext() if begins == 100 else refused_by("account_balance_moves_with_entries"):
        rows(OPENED, told)
        settle()


def test_an_entry_is_not_hidden_under_an_older_number(account):
    """Entries are looked for from their command's first number on."""
    with refused_by("entry_numbers_ascend"):
        write(*[Entry(id=-number, **columns(each)) for number, each in enumerate(legs(account, 5, -5), 1)])


def test_nor_by_whoever_says_that_they_begin_later(account):
    with refused_by("entry_numbers_ascend"):
        rows(
            """
            INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at)
            SELECT p.id, leg, 'opening', CASE leg WHEN 1 THEN %s::uuid END,
                   CASE leg WHEN 2 THEN (SELECT id FROM accounts_internalaccount LIMIT 1) END, 3 - 2 * leg, now()
            FROM (SELECT uuidv7() AS id) p, generate_series(1, 2) leg
            WHERE set_config('bank.entries_from', '9000000000', true) <> ''
            """,
            [account.id],
        )


def test_nobody_pays_by_hand_what_he_owes(account):
    """The table of what a transaction owes is written by triggers alone."""
    for statement in (
        "INSERT INTO accounts_unsettled (account_id, balance_fen) SELECT id, -100 FROM accounts_account",
        "DELETE FROM accounts_unsettled",
        "UPDATE accounts_unsettled SET balance_fen = 0",
    ):
        with refused_by("accounts_unsettled_append_only"):
            rows(statement)
    assert rows("SELECT * FROM accounts_unsettled") == []


def test_no_trigger_writes_accounts_or_transfers_in_between():
    """Which command wrote them stands in their rows: one that a trigger wrote once more is no longer found by it.

    One may: what is told of an account is refused where the same command writes that account (`account_telling_alone`).
    """
    writes = r"(UPDATE|INSERT INTO|MERGE INTO)\s+(ONLY\s+)?(accounts_account|accounts_entry|transfers_transfer)\y"
    found = rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosrc ~* %s ORDER BY 1", [writes]
    )
    assert [each["proname"] for each in found] == ["accounts_telling_holds"]


def columns(entry: Entry) -> dict[str, Any]:
    return {each.attname: getattr(entry, each.attname) for each in Entry._meta.concrete_fields if each.attname != "id"}


# --- cash ------------------------------------------------------------------------------------------


def cash(account: Account, kind: EntryKind, *, fen: int = 100, into: bool | None = None) -> Posting:
    """Return a posting of cash; `into` turns it round."""
    drawer, customer = ledger.internal_side(InternalKind.CASH), Side(account_id=account.id)
    paid_in = kind is EntryKind.DEPOSIT if into is None else into
    debit, credit = (drawer, customer) if paid_in else (customer, drawer)
    return Posting(new_id(), kind, debit, credit, fen, NOON)


def decided(posting: Posting, account: Account, **more: Any) -> Decision:
    return Decision(**{
        "at": NOON, "kind": posting.kind.value, "outcome": "allowed", "policy_version": "x",
        "facts": {"amount_fen": posting.amount_fen}, "object_id": posting.posting_id, "account_id": account.id,
        "principal_id": factories.caller("teller").id, **more,
    })  # fmt: skip


KINDS = [EntryKind.DEPOSIT, EntryKind.WITHDRAWAL]


@pytest.mark.parametrize("kind", KINDS)
def test_no_cash_moves_without_a_decision(account, kind):
    with refused_by("entry_cash_is_decided"):
        send(ledger.post_statement([cash(account, kind)]))
        settle()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "more",
    [
        {"facts": {"amount_fen": 99}}, {"facts": {}}, {"outcome": "refused", "code": "X"}, {"kind": "transfer"},
        {"principal_id": None}, {"object_id": None}, {"account_id": None},
    ],
    ids=str,
)  # fmt: skip
def test_cash_moves_by_the_decision_about_it(account, kind, more):
    posting = cash(account, kind)
    with refused_by("entry_cash_is_decided"):
        send(ledger.post_statement([posting]), insert(decided(posting, account, **more)))
        settle()
    send(ledger.post_statement([posting]), insert(decided(posting, account)))
    settle()


@pytest.mark.parametrize("kind", KINDS)
def test_a_deposit_comes_in_and_a_withdrawal_goes_out(account, kind):
    posting = cash(account, kind, into=kind is EntryKind.WITHDRAWAL)
    with refused_by("entry_cash_is_decided"):
        send(ledger.post_statement([posting]), insert(decided(posting, account)))
        settle()


def test_the_decision_may_come_before_the_posting(account):
    posting = cash(account, EntryKind.DEPOSIT)
    send(insert(decided(posting, account)), ledger.post_statement([posting]))
    settle()
