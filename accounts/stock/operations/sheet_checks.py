"""Checks of staged customers, further documents, accounts, cards and freezes (客户、证件、账户、卡片、冻结校验)."""

from accounts.policy.opening import carries_cards
from accounts.stock.operations.checks import (
    HOLDER,
    LIVE,
    REPEATED,
    UNKNOWN,
    Mark,
    Step,
    StockCheck,
    missing_holder_check,
    repeated_key_check,
)
from accounts.stock.vocabulary import RowOutcome
from accounts.vocabulary import AccountClass, AccountKind, CardProduct

# Rows of one identity. A second row with the 15-digit form of the number is the same customer under another reference; a
# second row with the same number is a fault of the file.
_SAME_IDENTITY = f"""
SELECT s.line, f.line AS first FROM accounts_stagedcustomer s
JOIN (
    SELECT identity_key, min(s.line) AS line FROM accounts_stagedcustomer s WHERE {LIVE}
    GROUP BY identity_key HAVING count(*) > 1
) d USING (identity_key)
JOIN accounts_stagedcustomer f ON f.import_id = s.import_id AND f.line = d.line
WHERE {LIVE} AND s.line > d.line AND {{which}}
"""  # noqa: S608
# Few files have 15-digit numbers, so the statement first looks once whether there is one.
_TWO_FORMS = """
(s.expanded OR f.expanded)
AND (SELECT EXISTS (SELECT FROM accounts_stagedcustomer e WHERE e.import_id = %(import)s AND e.expanded))
"""

CUSTOMER_CHECKS: tuple[Step, ...] = (
    repeated_key_check("accounts_stagedcustomer", "customer_ref", "ref"),
    StockCheck(
        "document_number",
        "DUPLICATE_IN_FILE",
        *REPEATED,
        _SAME_IDENTITY.format(which="NOT (s.expanded OR f.expanded)"),
    ),
    StockCheck(
        "name",
        "IDENTITY_CONFLICT",
        "与第{line}行为同一证件，姓名或客户种类不同。",
        "The document of line {line} with another name or kind of customer.",
        _SAME_IDENTITY.format(which=f"{_TWO_FORMS} AND (s.name_index <> f.name_index OR s.kind <> f.kind)"),
    ),
)
#: Repeated when the import is applied, against the bank as it is then.
CUSTOMERS_KNOWN: tuple[Step, ...] = (
    StockCheck(
        "name",
        "IDENTITY_CONFLICT",
        "该证件已由另一姓名的客户登记。",
        "A customer of another name has this document.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedcustomer s JOIN accounts_identity i ON i.key = s.identity_key
        JOIN accounts_customer c ON c.id = i.customer_id WHERE {LIVE} AND c.name_index <> s.name_index
        """,  # noqa: S608
    ),
    StockCheck(
        "kind",
        "IDENTITY_CONFLICT",
        "该证件已由另一种类的客户登记。",
        "A customer of another kind has this document.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stagedcustomer s JOIN accounts_identity i ON i.key = s.identity_key
        JOIN accounts_customer c ON c.id = i.customer_id WHERE {LIVE} AND c.kind <> s.kind
        """,  # noqa: S608
    ),
    Mark(
        f"""
        UPDATE accounts_stagedcustomer s SET known_id = i.customer_id, outcome = 'known' FROM accounts_identity i
        WHERE {LIVE} AND i.key = s.identity_key AND s.known_id IS DISTINCT FROM i.customer_id
        """  # noqa: S608
    ),
)
#: Reasons to review rows that are new to the bank; they are loaded all the same.
CUSTOMER_REVIEWS: tuple[Step, ...] = (
    StockCheck(
        "document_number",
        "SAME_PERSON_IN_FILE",
        "15位号码与第{line}行的18位号码为同一人，按同一客户导入。",
        "The same person as in line {line}, by the 15-digit form of the number: loaded as one customer.",
        _SAME_IDENTITY.format(which=_TWO_FORMS),
        RowOutcome.REVIEW,
    ),
    Mark(
        f"""
        UPDATE accounts_stagedcustomer t SET known_id = g.id FROM (
            SELECT s.line, f.id FROM ({_SAME_IDENTITY.format(which=_TWO_FORMS)}) s
            JOIN accounts_stagedcustomer f ON f.import_id = %(import)s AND f.line = s.first
        ) g WHERE t.import_id = %(import)s AND t.line = g.line AND t.known_id IS NULL
        """  # noqa: S608
    ),
    StockCheck(
        "document_number",
        "FIRST_GENERATION_NUMBER",
        "15位号码已按18位号码登记。",
        "The 15-digit number is registered as the 18-digit number it became.",
        f"SELECT s.line, NULL::int AS first FROM accounts_stagedcustomer s WHERE {LIVE} AND s.expanded",  # noqa: S608
        RowOutcome.REVIEW,
    ),
    StockCheck(
        "name",
        "POSSIBLE_SAME",
        "与其他客户姓名和出生日期相同，或证件号码含同一公民身份号码，可能为同一人。",
        "The name and birth date of another customer, or the same citizen number in a document: possibly one person.",
        # A union of joins by equality, because one join with OR would compare each row with each.
        f"""
        SELECT DISTINCT u.line, NULL::int AS first FROM (
            SELECT s.line FROM accounts_stagedcustomer s JOIN (
                SELECT match_key FROM accounts_stagedcustomer s WHERE {LIVE} AND match_key IS NOT NULL
                GROUP BY match_key HAVING count(DISTINCT identity_key) > 1
            ) d USING (match_key) WHERE {LIVE}
            UNION ALL
            SELECT s.line FROM accounts_stagedcustomer s JOIN accounts_customer c USING (match_key)
            LEFT JOIN accounts_identity i ON i.key = s.identity_key
            WHERE {LIVE} AND c.merged_into_id IS NULL AND c.id IS DISTINCT FROM i.customer_id
            UNION ALL
            SELECT unnest(ARRAY[s.line, o.line]) FROM accounts_stagedcustomer s
            JOIN accounts_stagedcustomer o ON o.import_id = s.import_id AND o.identity_key = s.inner_key
            WHERE {LIVE} AND s.inner_key IS NOT NULL AND o.outcome IS DISTINCT FROM 'refused'
            UNION ALL
            SELECT s.line FROM accounts_stagedcustomer s JOIN accounts_identity i ON i.key = s.inner_key
            WHERE {LIVE} AND s.inner_key IS NOT NULL
            UNION ALL
            SELECT s.line FROM accounts_stagedcustomer s JOIN accounts_document b ON b.inner_key = s.identity_key
            WHERE {LIVE} AND b.inner_key IS NOT NULL AND b.status = 'active'
        ) u
        """,  # noqa: S608
        RowOutcome.REVIEW,
    ),
)

DOCUMENT_CHECKS: tuple[Step, ...] = (
    missing_holder_check("accounts_stageddocument"),
    StockCheck(
        "customer_ref",
        "DOCUMENT_OF_ANOTHER_KIND",
        "单位只有一份证件。",
        "An organization has one document.",
        f"""
        SELECT s.line, NULL::int AS first FROM accounts_stageddocument s JOIN ({HOLDER}) h USING (customer_ref)
        WHERE {LIVE} AND h.holder_kind = 'organization'
        """,  # noqa: S608
    ),
    repeated_key_check("accounts_stageddocument", "document_number", "identity_key, document_type"),
    StockCheck(
        "document_number",
        "IDENTITY_CONFLICT",
        "与第{line}行为同一证件号码，所属客户不同。",
        "The document number of line {line}, of another customer.",
        f"""
        SELECT s.line, min(o.line) AS first FROM accounts_stageddocument s JOIN ({HOLDER}) h USING (customer_ref)
        JOIN (SELECT o.line, o.identity_key, p.customer_id FROM accounts_stageddocument o
              JOIN ({HOLDER}) p USING (customer_ref) WHERE o.import_id = %(import)s AND o.outcome IS DISTINCT FROM 'refused') o
          ON o.identity_key = s.identity_key AND o.line < s.line
        WHERE {LIVE} AND o.customer_id <> h.customer_id GROUP BY s.line
        """,  # noqa: S608
    ),
    StockCheck(
        "document_number",
        "IDENTITY_CONFLICT",
        "该证件号码属于客户表第{line}行的客户。",
        "The document number is that of the customer in line {line} of the customers.",
        f"""
        SELECT s.line, c.line AS first FROM accounts_stageddocument s JOIN ({HOLDER}) h USING (customer_ref)
        JOIN accounts_stagedcustomer c ON c.import_id = s.import_id AND c.identity_key = s.identity_key
        WHERE {LIVE} AND c.outcome IS DISTINCT FROM 'refused' AND coalesce(c.known_id, c.id) <> h.customer_id
        """,  # noqa: S608
    ),
    Mark(
        f"""
        UPDATE accounts_stageddocument t SET known_id = g.document_id, outcome = 'known' FROM (
            SELECT s.line, c.document_id FROM accounts_stageddocument s JOIN ({HOLDER}) h USING (customer_ref)
            JOIN accounts_stagedcustomer c ON c.import_id = s.import_id AND c.identity_key = s.identity_key
            WHERE {LIVE} AND c.document_type = s.document_type AND coalesce(c.known_id, c.id) = h.customer_id
              AND c.outcome IS DISTINCT FROM 'refused'
        ) g WHERE t.import_id = %(import)s AND t.line = g.line
        """  # noqa: S608
    ),
)
#: Rows that this import has not written yet. A row that it has written stays new, also if it was changed since.
_DOCUMENTS_LEFT = f"{LIVE} AND NOT EXISTS (SELECT FROM accounts_document own WHERE own.id = s.document_id)"
DOCUMENT_TAKEN = StockCheck(
    "document_number",
    "IDENTITY_CONFLICT",
    "该证件已由另一客户登记。",
    "Another customer has this document.",
    f"""
    SELECT s.line, NULL::int AS first FROM accounts_stageddocument s JOIN ({HOLDER}) h USING (customer_ref)
    JOIN accounts_identity i ON i.key = s.identity_key WHERE {_DOCUMENTS_LEFT} AND i.customer_id <> h.customer_id
    """,  # noqa: S608
)
DOCUMENTS_KNOWN: tuple[Step, ...] = (
    # A document is refused with its customer.
    missing_holder_check("accounts_stageddocument", _DOCUMENTS_LEFT),
    DOCUMENT_TAKEN,
    Mark(
        f"""
        UPDATE accounts_stageddocument s SET known_id = b.id, outcome = 'known' FROM accounts_document b
        WHERE {_DOCUMENTS_LEFT} AND b.identity_key = s.identity_key AND b.type = s.document_type
          AND b.status IN ('pending', 'active') AND s.known_id IS NULL
        """  # noqa: S608
    ),
)


_CARDLESS = ", ".join(
    f"('{kind.value}', '{account_class.value}')"
    for kind in AccountKind
    for account_class in AccountClass
    if not carries_cards(kind, account_class)
)
_PERSONAL = ", ".join(f"'{each.value}'" for each in CardProduct if each.is_personal)

ACCOUNT_CHECKS: tuple[Step, ...] = (
    repeated_key_check("accounts_stagedaccount", "account_ref", "ref"),
    missing_holder_check("accounts_stagedaccount"),
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
    repeated_key_check("accounts_stagedaccount", "account_number", "account_number"),
)
ACCOUNTS_KNOWN: tuple[Step, ...] = (
    # An account is refused with its customer.
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
    repeated_key_check("accounts_stagedcard", "card_ref", "ref"),
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
    repeated_key_check("accounts_stagedcard", "card_number", "number_index"),
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
    repeated_key_check("accounts_stagedfreeze", "order_no", "account_ref, authority, order_no"),
)
#: Rows that this import has not written yet, as for documents.
_FREEZES_LEFT = f"{LIVE} AND NOT EXISTS (SELECT FROM accounts_freeze own WHERE own.id = s.id)"
FREEZES_KNOWN: tuple[Step, ...] = (
    StockCheck(
        "account_ref",
        "ACCOUNT_NOT_LOADED",
        *UNKNOWN,
        _NO_ACCOUNT.format(table="accounts_stagedfreeze", live=_FREEZES_LEFT),
    ),
    Mark(
        f"""
        UPDATE accounts_stagedfreeze t SET known_id = g.id, outcome = 'known' FROM (
            SELECT s.line, b.id FROM accounts_stagedfreeze s JOIN ({_ACCOUNT}) a USING (account_ref)
            JOIN accounts_freeze b ON b.account_id = a.account_id AND b.authority = s.authority AND b.order_no = s.order_no
            WHERE {_FREEZES_LEFT} AND s.known_id IS NULL
        ) g WHERE t.import_id = %(import)s AND t.line = g.line
        """  # noqa: S608
    ),
)
