"""What is checked of staged accounts, of their cards and of freezes (账户、卡片、冻结校验)."""

from accounts.policy.opening import carries_cards
from accounts.stock.operations.checks import HOLDER, LIVE, UNKNOWN, Mark, Step, StockCheck, no_holder, twice
from accounts.vocabulary import AccountClass, AccountKind, CardProduct

_CARDLESS = ", ".join(
    f"('{kind.value}', '{account_class.value}')"
    for kind in AccountKind
    for account_class in AccountClass
    if not carries_cards(kind, account_class)
)
_PERSONAL = ", ".join(f"'{each.value}'" for each in CardProduct if each.is_personal)

ACCOUNT_CHECKS: tuple[Step, ...] = (
    twice("accounts_stagedaccount", "account_ref", "ref"),
    no_holder("accounts_stagedaccount"),
    StockCheck(
        "account_class",
        "CLASS_OF_ANOTHER_HOLDER",
        "个人账户应有类别，单位账户不分类。",
        "An individual's account has a class, an organization's has none.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedaccount s JOIN ({HOLDER}) h USING (customer_ref)
        WHERE {LIVE} AND (h.holder_kind = 'organization') <> (s.account_class = 'none')
        """,  # noqa: S608
    ),
    twice("accounts_stagedaccount", "account_number", "account_number"),
)
ACCOUNTS_KNOWN: tuple[Step, ...] = (
    # Whose customer is refused by now has no account either.
    ACCOUNT_CHECKS[1],
    StockCheck(
        "account_number",
        "ACCOUNT_NUMBER_TAKEN",
        "该账号已属于另一账户。",
        "Another account has this number.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedaccount s JOIN ({HOLDER}) h USING (customer_ref)
        JOIN accounts_account b ON b.account_number = s.account_number
        WHERE {LIVE} AND (b.customer_id, b.kind, b.account_class) IS DISTINCT FROM (h.customer_id, s.kind, s.account_class)
        """,  # noqa: S608
    ),
    Mark(
        f"""
        UPDATE accounts_stagedaccount s SET known_id = b.id, outcome = 'known' FROM accounts_account b
        WHERE {LIVE} AND b.account_number = s.account_number AND s.known_id IS NULL
        """  # noqa: S608
    ),
)

_ACCOUNT = f"""
SELECT s.ref AS account_ref, s.kind, s.account_class, s.opened_on, s.known_id, coalesce(s.known_id, s.id) AS account_id
FROM accounts_stagedaccount s WHERE {LIVE}
"""  # noqa: S608
_NO_ACCOUNT = f"""
SELECT s.line, NULL::int AS first FROM {{table}} s LEFT JOIN ({_ACCOUNT}) a USING (account_ref)
LEFT JOIN accounts_account b ON b.id = a.known_id
WHERE {{live}} AND (a.account_ref IS NULL OR b.status = 'closed')
"""  # noqa: S608
CARD_CHECKS: tuple[Step, ...] = (
    twice("accounts_stagedcard", "card_ref", "ref"),
    StockCheck(
        "account_ref", "ACCOUNT_NOT_LOADED", *UNKNOWN, _NO_ACCOUNT.format(table="accounts_stagedcard", live=LIVE)
    ),
    StockCheck(
        "account_ref",
        "CARD_NOT_OFFERED",
        "该账户不得配卡。",
        "A Class III or payment account carries no card.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedcard s JOIN ({_ACCOUNT}) a USING (account_ref)
        WHERE {LIVE} AND (a.kind, a.account_class) IN ({_CARDLESS})
        """,  # noqa: S608
    ),
    StockCheck(
        "product",
        "CARD_NOT_OFFERED",
        "该卡种仅限个人，单位账户不得配发。",
        "This product is for individuals only, not for an organization.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedcard s JOIN ({_ACCOUNT}) a USING (account_ref)
        WHERE {LIVE} AND a.account_class = 'none' AND s.product IN ({_PERSONAL})
        """,  # noqa: S608
    ),
    StockCheck(
        "issued_on",
        "ISSUED_BEFORE_OPENING",
        "发卡日期早于开户日期。",
        "The card is older than its account.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedcard s JOIN ({_ACCOUNT}) a USING (account_ref)
        LEFT JOIN accounts_account b ON b.id = a.known_id
        WHERE {LIVE} AND s.issued_on < coalesce((b.opened_at AT TIME ZONE interval '8 hours')::date, a.opened_on)
        """,  # noqa: S608
    ),
    twice("accounts_stagedcard", "card_number", "number_index"),
)
CARDS_KNOWN: tuple[Step, ...] = (
    CARD_CHECKS[1],
    StockCheck(
        "card_number",
        "CARD_NUMBER_TAKEN",
        "该卡号已属于另一账户。",
        "A card of another account has this number.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedcard s JOIN ({_ACCOUNT}) a USING (account_ref)
        JOIN accounts_card b ON b.number_index = s.number_index WHERE {LIVE} AND b.account_id <> a.account_id
        """,  # noqa: S608
    ),
    Mark(
        f"""
        UPDATE accounts_stagedcard s SET known_id = b.id, outcome = 'known' FROM accounts_card b
        WHERE {LIVE} AND b.number_index = s.number_index AND s.known_id IS NULL
        """  # noqa: S608
    ),
)

FREEZE_CHECKS: tuple[Step, ...] = (
    StockCheck(
        "account_ref", "ACCOUNT_NOT_LOADED", *UNKNOWN, _NO_ACCOUNT.format(table="accounts_stagedfreeze", live=LIVE)
    ),
    StockCheck(
        "placed_on",
        "FROZEN_BEFORE_OPENING",
        "冻结日期早于开户日期。",
        "The freeze is older than its account.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedfreeze s JOIN ({_ACCOUNT}) a USING (account_ref)
        WHERE {LIVE} AND s.placed_on < a.opened_on
        """,  # noqa: S608
    ),
    twice("accounts_stagedfreeze", "order_no", "account_ref, authority, order_no"),
)
#: What an import has put in force already is new, whatever has become of it since.
_LEFT = f"{LIVE} AND NOT EXISTS (SELECT FROM accounts_freeze own WHERE own.id = s.id)"
FREEZES_KNOWN: tuple[Step, ...] = (
    StockCheck(
        "account_ref", "ACCOUNT_NOT_LOADED", *UNKNOWN, _NO_ACCOUNT.format(table="accounts_stagedfreeze", live=_LEFT)
    ),
    Mark(
        f"""
        UPDATE accounts_stagedfreeze t SET known_id = g.id, outcome = 'known' FROM (
            SELECT s.line, b.id FROM accounts_stagedfreeze s JOIN ({_ACCOUNT}) a USING (account_ref)
            JOIN accounts_freeze b ON b.account_id = a.account_id AND b.authority = s.authority AND b.order_no = s.order_no
            WHERE {_LEFT} AND s.known_id IS NULL
        ) g WHERE t.import_id = %(import)s AND t.line = g.line
        """  # noqa: S608
    ),
)
