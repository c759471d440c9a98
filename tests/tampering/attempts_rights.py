"""Attempts on principals and permissions, and on the database itself."""

from tests.tampering.attempts import refused, seen, unseen
from tests.tampering.places import (
    NEW,
    NOW,
    OFFICER,
    SUPERVISOR,
    copied,
)

WHO_MAY = (
    refused(
        "kernel_principal_stands",
        "a role is another",
        f"UPDATE kernel_principal SET role = 'compliance' WHERE id = {SUPERVISOR}",
    ),
    refused(
        "principal_one_per_person",
        "a principal more of the same person",
        copied("kernel_principal", "role = 'compliance'", id=NEW, name="'ghost'", user_id="NULL"),
    ),
    refused(
        "kernel_principal_administered",
        "a principal more of a machine",
        copied("kernel_principal", "role = 'atm'", id=NEW, name="'ghost'"),
    ),
    refused(
        "kernel_apikey_administered", "a key more", copied("kernel_apikey", "true", id=NEW, digest="sha256(digest)")
    ),
    refused(
        "kernel_apikey_stands", "a key is another principal's", f"UPDATE kernel_apikey SET principal_id = {OFFICER}"
    ),
    seen("I72", "a key is revoked", f"UPDATE kernel_apikey SET revoked_at = {NOW} WHERE revoked_at IS NULL"),
    seen("I71", "a principal is switched off", "UPDATE kernel_principal SET active = false WHERE name = 'chen'"),
    seen("I71", "a principal has another name", "UPDATE kernel_principal SET name = 'x' WHERE name = 'chen'"),
    seen("I73", "a user is switched off", "UPDATE auth_user SET is_active = false WHERE username = 'chen'"),
    seen("I73", "a user has another name", "UPDATE auth_user SET username = 'x' WHERE username = 'chen'"),
    seen(
        "I73",
        "a user may view more",
        "INSERT INTO auth_user_user_permissions (user_id, permission_id) "
        "SELECT u.id, p.id FROM auth_user u, auth_permission p WHERE u.username = 'chen' LIMIT 1",
    ),
    refused(
        "kernel_superuser_is_administrator",
        "a person is a superuser",
        "UPDATE auth_user SET is_superuser = true, is_staff = true",
    ),
    seen("I74", "a password is another", "UPDATE auth_user SET password = 'x'"),
    seen(
        "I75",
        "a passkey more",
        "INSERT INTO kernel_passkey (id, user_id, name, confirmed, created_at, credential_id, public_key, sign_count, "
        "answered_asked) SELECT gen_random_uuid(), id, 'x', true, now(), 'x', 'x', 0, 0 FROM auth_user WHERE username = 'chen'",
    ),
    seen(
        "I50",
        "a second factor more, in plain",
        "INSERT INTO otp_totp_totpdevice (user_id, name, confirmed, key, step, t0, digits, tolerance, drift, last_t, "
        "throttling_failure_count) SELECT id, 'x', true, repeat('0', 40), 30, 0, 6, 1, 0, -1, 0 FROM auth_user",
    ),
)

DATABASE = (
    refused("grants", "a table of the same name before the bank's", "CREATE TEMP TABLE kernel_approval (id uuid)"),
    refused("grants", "a trigger asleep", "ALTER TABLE kernel_decision DISABLE TRIGGER USER"),
    refused("grants", "all triggers asleep", "SET session_replication_role = replica"),
    refused("grants", "a constraint less", "ALTER TABLE transfers_transfer DROP CONSTRAINT transfer_posted_not_early"),
    refused(
        "grants",
        "a clock of its own",
        "CREATE OR REPLACE FUNCTION bank_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    ),
    refused("grants", "a table less", "DROP TABLE kernel_decision"),
    refused("grants", "a role more", "CREATE ROLE somebody"),
    refused("grants", "a program", "COPY (SELECT 1) TO PROGRAM 'true'"),
    refused("grants", "a file", "SELECT pg_read_file('/etc/hostname')"),
    refused("grants", "a sequence turned back", "SELECT setval('transfers_event_id_seq', 1)"),
    refused("grants", "the marks of the keys", "DELETE FROM kernel_keymark"),
    refused("grants", "a restore confirmed", "UPDATE kernel_restore SET confirmed_at = now()"),
    refused("grants", "a table of its own", "ALTER TABLE kernel_decision OWNER TO CURRENT_USER"),
    refused(
        "grants",
        "a lock that stops the bank",
        "LOCK TABLE accounts_account IN ACCESS EXCLUSIVE MODE",
    ),
    refused("grants", "a migration is forgotten", "DELETE FROM django_migrations WHERE app = 'kernel'"),
    unseen(
        "there is none outside a sandbox",
        "the sandbox's clock goes on",
        "UPDATE kernel_sandboxclock SET frozen_at = frozen_at + interval '1 second'",
    ),
)
