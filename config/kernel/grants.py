"""What the application may do in the database: everything it needs, and nothing that undoes a record.

The tables belong to another role, which migrates. The application's role can then neither switch a trigger off nor
change a table, and the database refuses it what the triggers refuse everybody.
"""

from django.db import connection
from psycopg import sql

from config.kernel.transactions import owned

#: Evidence is written once.
WRITTEN_ONCE = (
    "accounts_entry",
    "accounts_freezelift",
    "accounts_identitycheck",
    "accounts_identityconflict",
    "accounts_legalrepresentative",
    "blacklist_caseaccount",
    "blacklist_certificatesubject",
    "kernel_decision",
    "kernel_keymark",
    "transfers_event",
)
#: What evidence and money refer to moves on and is never deleted.
NEVER_DELETED = (
    "accounts_account",
    "accounts_card",
    "accounts_cardexception",
    "accounts_customer",
    "accounts_document",
    "accounts_externalaccount",
    "accounts_freeze",
    "accounts_identity",
    "accounts_internalaccount",
    "accounts_reverification",
    "blacklist_certificate",
    "blacklist_revocation",
    "blacklist_subject",
    "kernel_approval",
    "kernel_restore",
    "transfers_transfer",
)


def grant_application(role: str) -> None:
    """Give a role what the application needs, and take from it what it must not have; asked again, the same.

    :param role: the application's, which exists. The tables must belong to the role that asks.
    """
    names = {
        "role": sql.Identifier(role),
        "database": sql.Identifier(str(connection.settings_dict["NAME"])),
        "written_once": sql.SQL(", ").join(map(sql.Identifier, WRITTEN_ONCE)),
        "never_deleted": sql.SQL(", ").join(map(sql.Identifier, NEVER_DELETED)),
    }
    with owned(), connection.cursor() as cursor:
        for statement in (
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE UPDATE, DELETE ON {written_once} FROM {role}",
            "REVOKE DELETE ON {never_deleted} FROM {role}",
            # After a restore it is the owner who lets releases go on.
            "REVOKE INSERT, UPDATE ON kernel_restore FROM {role}",
            # Nobody makes temporary tables: one with the name of a table of ours would stand before it.
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
