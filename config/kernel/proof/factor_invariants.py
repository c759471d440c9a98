"""Invariants of passwords and second factors: each matches the decision that set it (口令与第二验证方式不变量).

Values that change in use (counters, drifts, instants of the last code) are not compared, nor unusable passwords.
"""

from collections.abc import Iterator

from django.contrib.auth.hashers import is_password_usable

from config.kernel.access.passwords import FACT, is_marked
from config.kernel.database.sql import rows
from config.kernel.proof.invariants import Invariant
from config.kernel.proof.people_invariants import in_trial

# Rehashing at a sign-in keeps the password: every mark since the act that set it is valid.
_MARKS = f"""
WITH marked AS (
    SELECT id, kind, coalesce(facts->>'username', facts->>'user') AS username, facts->>'{FACT}' AS mark
    FROM kernel_decision
    WHERE kind IN ('enrol', 'own_password', 'rehash_password') AND outcome = 'allowed' AND facts ? '{FACT}'
), act AS (
    SELECT DISTINCT ON (username) username, id FROM marked WHERE kind <> 'rehash_password' ORDER BY username, id DESC
)
SELECT u.id, u.password, array_agg(m.mark) FILTER (WHERE m.mark IS NOT NULL) AS marks FROM auth_user u
LEFT JOIN act ON act.username = u.username
LEFT JOIN marked m ON m.username = u.username AND (m.id = act.id OR m.id > act.id AND m.kind = 'rehash_password')
WHERE NOT ({in_trial("auth_user", "u.id")}) GROUP BY u.id
"""  # noqa: S608 - constants


def _unmarked() -> Iterator[str]:
    for row in rows(_MARKS):
        if is_password_usable(row["password"]) and not is_marked(row["id"], row["password"], row["marks"] or ()):
            yield str(row["id"])


FACTORS = (
    Invariant(
        "I74",
        "每个用户的密码由本人注册或修改",
        "The password of each user was set by the user's own decision",
        look=_unmarked,
    ),
    Invariant(
        "I75",
        "每个动态口令、通行密钥和恢复码表由本人登记，内容与登记时一致，注销的不再存在",
        "Each authenticator, passkey and sheet of recovery codes was registered by its user and is unchanged; "
        "removed ones no longer exist",
        f"""
        WITH own AS MATERIALIZED (
            SELECT kind, facts, object_id, coalesce(facts->>'username', facts->>'user') AS username FROM kernel_decision
            WHERE outcome = 'allowed'
              AND kind IN ('enrol', 'own_authenticator', 'own_recovery_codes', 'own_passkey', 'own_passkey_ended')
        ), people AS (
            SELECT u.id, u.username FROM auth_user u WHERE NOT ({in_trial("auth_user", "u.id")})
        )
        SELECT f.id::text AS id FROM kernel_secondfactor f JOIN people u ON u.id = f.user_id
        WHERE f.confirmed AND NOT EXISTS (
            SELECT FROM own WHERE own.kind IN ('enrol', 'own_authenticator') AND own.username = u.username
              AND own.facts->>'factor' = f.id::text
        )
        UNION ALL
        SELECT k.id::text FROM kernel_passkey k JOIN people u ON u.id = k.user_id
        WHERE NOT EXISTS (
            SELECT FROM own WHERE own.kind = 'own_passkey' AND own.object_id = k.id AND own.username = u.username
              AND own.facts->>'public_digest' = encode(sha256(k.credential_id || k.public_key), 'hex')
        ) OR EXISTS (SELECT FROM own WHERE own.kind = 'own_passkey_ended' AND own.object_id = k.id)
        UNION ALL
        SELECT s.id::text FROM kernel_recoverysheet s JOIN people u ON u.id = s.user_id
        WHERE NOT EXISTS (
            SELECT FROM own WHERE own.kind = 'own_recovery_codes' AND own.username = u.username
              AND own.facts->>'sheet' = s.id::text
              AND (own.facts->>'codes_made')::int = (SELECT count(*) FROM kernel_recoverycode c WHERE c.sheet_id = s.id)
        )
        """,  # noqa: S608 - constants
    ),
)
