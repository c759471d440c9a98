"""What waits in a large bank and for whom: claims of proposals, identity conflicts, lost cards, accounts told anew."""

from collections.abc import Iterator
from datetime import datetime

from benchmarks.cases.common import Begin
from benchmarks.cases.desk_stock import name_of, run_all
from benchmarks.cases.seeds import copy
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.vault.sealed import seal, seal_context

#: One customer of so many has a conflict; four of five conflicts were ended.
CONFLICT_EACH = 100
_CONFLICTS = "CREATE UNLOGGED TABLE bench_conflict (n int, id uuid, name bytea, review_id uuid, reason bytea)"
_WORK = (
    """
    INSERT INTO accounts_identityconflict (id, customer_id, name, at, principal_id)
    SELECT c.id, p.customer_id, c.name, %(at)s - interval '300 days' + interval '1 second' * (c.n / 2),
           (SELECT id FROM kernel_principal WHERE name = 'teller')
    FROM bench_conflict c JOIN bench_person p USING (n) ORDER BY c.n
    """,
    """
    INSERT INTO accounts_conflictreview (id, conflict_id, "end", reason, at, principal_id)
    SELECT review_id, id, (ARRAY['entry_error', 'other_person', 'misuse'])[1 + n / 100 %% 3], reason,
           %(at)s - interval '1 day', (SELECT id FROM kernel_principal WHERE name = 'compliance')
    FROM bench_conflict WHERE n / 100 %% 5 <> 0 ORDER BY n
    """,
    """
    INSERT INTO kernel_approvalclaim (id, approval_id, principal_id, at, until, ended_at)
    SELECT uuidv7(), a.id, a.decided_by_id, a.decided_at - interval '10 minutes', a.decided_at + interval '20 minutes',
           a.decided_at FROM kernel_approval a WHERE a.decided_at IS NOT NULL ORDER BY a.id
    """,
    """
    INSERT INTO kernel_approvalclaim (id, approval_id, principal_id, at, until)
    SELECT uuidv7(), a.id, p.id, %(at)s - interval '10 minutes', %(at)s + interval '20 minutes'
    FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS nth FROM kernel_approval WHERE status = 'pending'
          AND made_by_id = (SELECT id FROM kernel_principal WHERE name = 'compliance')) a
    JOIN kernel_principal p ON p.name = 'compliance_2' WHERE a.nth <= 10
    """,
    """
    INSERT INTO accounts_lossreport (id, card_id, kind, at, lapses_at, identified, principal_id)
    SELECT uuidv7(), p.card_id, CASE WHEN n %% 500 = 13 THEN 'by_word' ELSE 'formal' END, %(at)s - interval '2 days',
           CASE WHEN n %% 500 = 13 THEN %(at)s + interval '3 days' END,
           CASE WHEN n %% 500 = 13 THEN 'by_phone' ELSE 'in_person' END,
           (SELECT id FROM kernel_principal WHERE name = 'teller') FROM bench_person p WHERE n %% 50 = 13 ORDER BY n
    """,
    """
    UPDATE accounts_card c SET status = 'lost', lost_until = r.lapses_at FROM accounts_lossreport r WHERE r.card_id = c.id
    """,
    """
    INSERT INTO accounts_accounttelling (id, account_id, at, principal_id, purpose)
    SELECT uuidv7(), id, %(at)s - interval '1 day', (SELECT id FROM kernel_principal WHERE name = 'teller'), 'salary'
    FROM bench_account WHERE n %% 20 = 1 ORDER BY n
    """,
    """
    UPDATE accounts_account a SET purpose = 'salary' FROM accounts_accounttelling t WHERE t.account_id = a.id
    """,
)


def fill_work(count: int, at: datetime, begin: Begin) -> None:
    """Make what waits and what was done about it.

    :param count: how many customers there are.
    """
    rows(_CONFLICTS)
    conflicts = range(9, count + 1, CONFLICT_EACH)
    copy("bench_conflict", _conflicts(conflicts), begin("conflicts, sealed", len(conflicts)))
    run_all(_WORK, {"at": at}, begin("work, in sets", len(_WORK)))


def _conflicts(numbers: range) -> Iterator[list[object]]:
    for number in numbers:
        conflict, review = new_id(), new_id()
        name = seal(name_of(number + 1), where=seal_context("accounts_identityconflict", "name", conflict))
        reason = seal("录入时误输一位。", where=seal_context("accounts_conflictreview", "reason", review))
        yield [number, conflict, name, review, reason]
