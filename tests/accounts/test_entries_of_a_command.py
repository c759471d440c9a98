"""Of one command, whatever else it writes: no entry of an account that it neither updates nor makes, none of nobody's."""

from collections.abc import Sequence
from contextlib import nullcontext
from itertools import permutations, product
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Account
from config.kernel.ids import new_id
from config.kernel.sql import rows
from tests import factories
from tests.accounts.test_money_moves import settle
from tests.broken import refused_by

pytestmark = pytest.mark.django_db

NOBODY = new_id()
#: What a command does of an account beside an entry of it.
UPDATED, FURTHER, MADE, ALONE, NOBODYS = "updated", "further updated", "made", "alone", "nobody's"
COMMAND = """
WITH opened AS (
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                                  balance_fen, held_fen)
    SELECT %(made)s, %(customer)s, '6000999999999999', 'bank', 'II', 3, 'open', now(), %(begins)s, 0 WHERE %(makes)s
), entry AS (
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at)
    SELECT e.posting, e.leg, 'opening', e.account, e.fen, now()
    FROM unnest(%(postings)s::uuid[], %(legs)s::int[], %(accounts)s::uuid[], %(fen)s::bigint[])
      WITH ORDINALITY AS e(posting, leg, account, fen, number) ORDER BY e.number
)
UPDATE accounts_account a SET balance_fen = balance_fen + u.fen
FROM unnest(%(updated)s::uuid[], %(moves)s::bigint[]) AS u(id, fen) WHERE a.id = u.id
"""
type Leg = tuple[str, int]


@pytest.fixture
def accounts(zhang, li) -> dict[str, UUID]:
    stand: dict[str, Account] = {
        name: factories.account(holder, "I" if name != FURTHER else "II", balance_fen=1_000)
        for name, holder in ((UPDATED, zhang), (FURTHER, zhang), (ALONE, li))
    }
    return {MADE: new_id(), NOBODYS: NOBODY} | {name: each.id for name, each in stand.items()}


def command(accounts: dict[str, UUID], customer: Any, *postings: tuple[Leg, Leg]) -> None:
    """Write the postings with one command, which updates and makes what their accounts are called."""
    legs = [(new_id(), postings[at]) for at in range(len(postings))]
    flat = [(posting, leg, name, fen) for posting, two in legs for leg, (name, fen) in enumerate(two, 1)]
    sums = {name: sum(fen for _, _, which, fen in flat if which == name) for name in accounts}
    moved = [name for name in (UPDATED, FURTHER) if any(which == name for *_, which, _ in flat)]
    rows(COMMAND, {
        "made": accounts[MADE], "customer": customer.id, "begins": sums[MADE], "makes": any(each[2] == MADE for each in flat),
        "postings": [each[0] for each in flat], "legs": [each[1] for each in flat],
        "accounts": [accounts[each[2]] for each in flat], "fen": [each[3] for each in flat],
        "updated": [accounts[name] for name in moved], "moves": [sums[name] for name in moved],
    })  # fmt: skip


def refusal(names: Sequence[str]) -> Any:
    if NOBODYS in names:
        return refused_by("entry_account_exists")
    return refused_by("account_balance_moves_with_entries") if ALONE in names else nullcontext()


def debited_last(first: str, second: str) -> tuple[Leg, Leg]:
    """Return a posting between two accounts: one that is made begins with nothing to take."""
    sign = 1 if first == MADE else -1
    return (first, 100 * sign), (second, -100 * sign)


@pytest.mark.parametrize("names", list(permutations([UPDATED, FURTHER, MADE, ALONE, NOBODYS], 2)), ids="-".join)
def test_of_one_posting(accounts, zhang, names):
    with refusal(names):
        command(accounts, zhang, debited_last(*names))
        settle()


BESIDE = [(UPDATED, FURTHER), (FURTHER, MADE), (MADE, UPDATED)]
WITHOUT = [(ALONE, NOBODYS), (ALONE, ALONE), (NOBODYS, NOBODYS), (UPDATED, ALONE), (NOBODYS, FURTHER)]


@pytest.mark.parametrize("hidden_first", [False, True])
@pytest.mark.parametrize(("beside", "names"), list(product(BESIDE, WITHOUT)), ids=str)
def test_beside_a_posting_that_is_in_order(accounts, zhang, beside, names, hidden_first):
    postings = [debited_last(*beside), debited_last(*names)]
    # What moves an account there and back leaves its balance as it was: only nobody's is refused for that.
    with nullcontext() if names == (ALONE, ALONE) else refusal(names):
        command(accounts, zhang, *(postings[::-1] if hidden_first else postings))
        settle()


@pytest.mark.parametrize("first", [0, 1, 2])
def test_what_is_owed_of_an_account_another_command_pays_once(accounts, zhang, first):
    postings = [debited_last(MADE, UPDATED), debited_last(UPDATED, ALONE), debited_last(ALONE, FURTHER)]
    command(accounts, zhang, *postings[first:], *postings[:first], debited_last(FURTHER, ALONE))
    rows("UPDATE accounts_account SET balance_fen = balance_fen + 100 WHERE id = %s", [accounts[ALONE]])
    settle()


def test_whose_balance_is_not_moved_by_what_it_is_updated_to(accounts, zhang):
    """A command that updates nothing of one account is judged as one that does not name it."""
    with refused_by("account_balance_moves_with_entries"):
        rows(
            """
            WITH entry AS (
                INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at)
                VALUES (%(posting)s, 1, 'opening', %(one)s, -100, now()), (%(posting)s, 2, 'opening', %(other)s, 100, now())
            )
            UPDATE accounts_account SET branch = 'x' WHERE id = %(none)s
            """,
            {"posting": new_id(), "one": accounts[UPDATED], "other": accounts[ALONE], "none": new_id()},
        )
        settle()
