"""What is checked of staged customers and of their further documents (客户、证件校验)."""

from accounts.stock.operations.checks import HOLDER, LIVE, TWICE, Mark, Step, StockCheck, no_holder, twice
from accounts.stock.vocabulary import RowOutcome

# Rows of one identity: the first stands. A second that shows the number of 15 digits is the same customer, known by two
# references; one that shows the same number again is a fault of the file.
_SAME_IDENTITY = f"""
SELECT s.line, f.line AS first FROM accounts_stagedcustomer s
JOIN (
    SELECT identity_key, min(s.line) AS line FROM accounts_stagedcustomer s WHERE {LIVE}
    GROUP BY identity_key HAVING count(*) > 1
) d USING (identity_key)
JOIN accounts_stagedcustomer f ON f.import_id = s.import_id AND f.line = d.line
WHERE {LIVE} AND s.line > d.line AND {{which}}
"""  # noqa: S608
# Nearly no file shows a number of 15 digits: whether one does is asked first, once for a statement.
_TWO_FORMS = """
(s.expanded OR f.expanded)
AND (SELECT EXISTS (SELECT FROM accounts_stagedcustomer e WHERE e.import_id = %(import)s AND e.expanded))
"""

CUSTOMER_CHECKS: tuple[Step, ...] = (
    twice("accounts_stagedcustomer", "customer_ref", "ref"),
    StockCheck(
        "document_number",
        "DUPLICATE_IN_FILE",
        *TWICE,
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
#: Asked again when the import is applied: what the bank has by then.
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
#: What is loaded and looked at by somebody: asked of what the bank does not have.
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
        # Each part is a set joined by equality: an OR of them would be a comparison of each with each.
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
    no_holder("accounts_stageddocument"),
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
    twice("accounts_stageddocument", "document_number", "identity_key, document_type"),
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
#: What an import has put in force already is new, whatever has become of it since.
_LEFT = f"{LIVE} AND NOT EXISTS (SELECT FROM accounts_document own WHERE own.id = s.document_id)"
DOCUMENT_TAKEN = StockCheck(
    "document_number",
    "IDENTITY_CONFLICT",
    "该证件已由另一客户登记。",
    "Another customer has this document.",
    f"""
    SELECT s.line, NULL::int AS first FROM accounts_stageddocument s JOIN ({HOLDER}) h USING (customer_ref)
    JOIN accounts_identity i ON i.key = s.identity_key WHERE {_LEFT} AND i.customer_id <> h.customer_id
    """,  # noqa: S608
)
DOCUMENTS_KNOWN: tuple[Step, ...] = (
    # Whose customer is refused by now has no document either.
    no_holder("accounts_stageddocument", _LEFT),
    DOCUMENT_TAKEN,
    Mark(
        f"""
        UPDATE accounts_stageddocument s SET known_id = b.id, outcome = 'known' FROM accounts_document b
        WHERE {_LEFT} AND b.identity_key = s.identity_key AND b.type = s.document_type
          AND b.status IN ('pending', 'active') AND s.known_id IS NULL
        """  # noqa: S608
    ),
)
