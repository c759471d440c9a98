"""Invariants of principals, users and keys: each matches decisions of two administrators (人员、操作主体与密钥不变量).

Each row is compared with the administrative act that made it and with the decision of its approval, in both
directions; I27 and I29 check the approval and its two persons. The first administrators and emergency access
are decisions of the database's owner. In a sandbox rows of tests may exist by a founding alone. Later acts
are recognised by a greater id, because instants of a sandbox's clock may be moved.
"""

from config.kernel.models import AdministrationKind
from config.kernel.proof.invariants import Invariant

_KINDS = ", ".join(f"'{each.value}'" for each in AdministrationKind)

_RECORDED = f"""
recorded AS MATERIALIZED (
    SELECT id, kind, at, facts, object_id, principal_id FROM kernel_decision
    WHERE outcome = 'allowed' AND kind IN ({_KINDS}, 'collect_key', 'issue_enrolment_code', 'enrol', 'switch_off',
                                           'revoke_key', 'first_administrators', 'break_glass')
), act AS MATERIALIZED (
    SELECT a.*, s.id AS decision FROM kernel_administration a
    JOIN recorded s ON s.object_id = a.id AND s.kind = a.kind AND s.facts @> a.content
    WHERE a.status = 'active'
), founded AS MATERIALIZED (
    SELECT s.id AS decision, p.id AS principal_id, p.person_id, s.facts
    FROM recorded s JOIN kernel_principal p ON p.id = s.object_id WHERE s.kind IN ('first_administrators', 'break_glass')
)"""  # noqa: S608 - constants of the vocabulary


def in_trial(table: str, row_id: str) -> str:
    """Return the SQL condition that a row was founded for a trial, in a sandbox."""
    return f"""
    EXISTS (SELECT FROM kernel_founding f WHERE f.what = '{table}' AND f.object = {row_id}::text AND f.why = 'trial')
    AND EXISTS (SELECT FROM pg_proc WHERE proname = 'bank_now' AND strpos(prosrc, 'kernel_sandboxclock') > 0)
    """  # noqa: S608 - written here


PEOPLE = (
    Invariant(
        "I71",
        "管理事项与其决定一致；每个操作主体的角色、人员、名称、启用状态与管理事项一致",
        "Each administrative act matches its decision; role, person, name and state of a principal are those "
        "that two administrators approved",
        f"""
        WITH {_RECORDED}, switched AS (
            SELECT principal_id, decision, (content->>'active')::boolean AS active FROM act
            WHERE kind IN ('user', 'principal', 'administrator') AND principal_id IS NOT NULL
            UNION ALL
            SELECT p.id, decision, false FROM act JOIN kernel_principal p ON p.person_id = act.person_id
            WHERE kind = 'user' AND act.principal_id <> p.id
            UNION ALL
            SELECT principal_id, decision, true FROM founded
            UNION ALL
            SELECT p.id, s.id, false FROM recorded s JOIN kernel_principal p ON s.object_id IN (p.id, p.person_id)
            WHERE s.kind = 'switch_off'
        )
        SELECT a.id::text AS id FROM kernel_administration a
        WHERE a.status = 'active' AND NOT EXISTS (SELECT FROM act WHERE act.id = a.id)
        UNION ALL
        SELECT s.object_id::text FROM recorded s
        WHERE s.kind IN ({_KINDS}) AND NOT EXISTS (SELECT FROM act WHERE act.id = s.object_id AND act.kind = s.kind)
        UNION ALL
        SELECT p.id::text FROM kernel_principal p
        WHERE NOT EXISTS (
            SELECT FROM act
            WHERE act.principal_id = p.id AND act.content->>'active' = 'true'
              AND act.kind IN ('user', CASE p.role WHEN 'administrator' THEN 'administrator' ELSE 'principal' END)
              AND act.content->>'role' = p.role AND act.content->>'name' = p.name
              AND act.person_id IS NOT DISTINCT FROM p.person_id
        ) AND NOT (p.role = 'administrator' AND EXISTS (SELECT FROM founded WHERE founded.principal_id = p.id))
          AND NOT ({in_trial("kernel_principal", "p.id")})
        UNION ALL
        SELECT act.principal_id::text FROM act JOIN kernel_principal p ON p.id = act.principal_id
        WHERE act.kind IN ('user', 'principal', 'administrator')
          AND ((act.content->>'role', act.content->>'name') <> (p.role, p.name)
               OR act.person_id IS DISTINCT FROM p.person_id)
        UNION ALL
        SELECT p.id::text FROM kernel_principal p JOIN (
            SELECT DISTINCT ON (principal_id) principal_id, active FROM switched ORDER BY principal_id, decision DESC
        ) last ON last.principal_id = p.id
        WHERE last.active <> p.active
        """,  # noqa: S608 - constants of the vocabulary
    ),
    Invariant(
        "I72",
        "每把密钥、每个注册码由管理事项签发并有领取记录，内容、期限一致；作废、用过的不再有效",
        "Each key and each enrolment code was issued by an administrative act, collected by a decision, and "
        "has their content and period; revoked or used ones stay invalid",
        f"""
        WITH {_RECORDED}
        SELECT k.id::text AS id FROM kernel_apikey k
        WHERE NOT EXISTS (
            SELECT FROM act JOIN recorded s ON s.object_id = act.id AND s.kind = 'collect_key'
            WHERE act.id = k.administration_id AND act.kind = 'api_key' AND act.principal_id = k.principal_id
              AND s.principal_id = k.collected_by_id AND s.facts->>'key' = k.hint
              AND s.facts->>'key_digest' = encode(k.digest, 'hex')
              AND coalesce(k.expires_at, 'infinity') <= coalesce((s.facts->>'expires_at')::timestamptz, 'infinity')
        ) AND NOT (k.administration_id IS NULL AND {in_trial("kernel_apikey", "k.id")})
        UNION ALL
        SELECT s.object_id::text FROM recorded s
        WHERE s.kind = 'collect_key' AND NOT EXISTS (SELECT FROM kernel_apikey k WHERE k.administration_id = s.object_id)
        UNION ALL
        SELECT k.id::text FROM kernel_apikey k JOIN kernel_principal p ON p.id = k.principal_id
        WHERE (k.revoked_at IS NULL OR k.administration_id IS NOT NULL) AND (k.revoked_at IS NULL) = EXISTS (
            SELECT FROM recorded s LEFT JOIN kernel_administration a ON a.id = s.object_id
            WHERE s.kind = 'revoke_key' AND s.object_id = k.id
               OR s.kind = 'switch_off' AND s.object_id IN (p.id, p.person_id) AND s.id > k.id
               OR s.kind = 'user' AND a.person_id = p.person_id AND a.principal_id <> p.id AND s.id > k.id
               OR s.kind = 'collect_key' AND s.facts->>'rotates' = 'true' AND s.id > k.id
                  AND a.principal_id = p.id AND a.id IS DISTINCT FROM k.administration_id
        )
        UNION ALL
        SELECT e.id::text FROM kernel_enrolment e
        WHERE NOT EXISTS (
            SELECT FROM act JOIN recorded s ON s.object_id = act.id AND s.kind = 'issue_enrolment_code'
            WHERE act.id = e.administration_id AND act.kind IN ('user', 'enrolment') AND act.person_id = e.person_id
              AND s.facts->>'code_digest' = encode(e.digest, 'hex') AND e.until <= act.usable_until
        ) AND NOT EXISTS (
            SELECT FROM founded
            WHERE founded.person_id = e.person_id AND founded.facts->>'code_digest' = encode(e.digest, 'hex')
        )
        UNION ALL
        SELECT coalesce(e.id, s.object_id)::text FROM recorded s LEFT JOIN kernel_enrolment e ON e.id = s.object_id
        WHERE s.kind = 'enrol' AND s.object_id IS NOT NULL AND e.used_at IS DISTINCT FROM s.at
        UNION ALL
        SELECT e.id::text FROM kernel_enrolment e JOIN act ON act.kind = 'enrolment' AND act.person_id = e.person_id
        WHERE e.used_at IS NULL AND act.decision > e.id AND act.id IS DISTINCT FROM e.administration_id
        """,  # noqa: S608 - constants of the vocabulary
    ),
    Invariant(
        "I73",
        "系统管理员用户恰为在岗的系统管理员；每个用户的人员、用户名、启用状态、后台和查询权限与管理事项一致",
        "Superusers are exactly the users of active administrators; person, name, state and rights of a user "
        "are those that two administrators approved",
        f"""
        WITH {_RECORDED}, named AS (
            SELECT person_id, decision, content->>'username' AS username, content->>'staff_number' AS staff_number,
                   (content->>'active')::boolean AS active
            FROM act WHERE kind = 'user'
            UNION ALL
            SELECT person_id, decision, facts->>'username', facts->>'staff_number', true FROM founded
            UNION ALL
            SELECT object_id, id, NULL, NULL, false FROM recorded WHERE kind = 'switch_off'
        ), user_act AS (
            SELECT DISTINCT ON (person_id) person_id, content FROM act WHERE kind = 'user'
            ORDER BY person_id, decision DESC
        ), group_act AS (
            SELECT DISTINCT ON (content->>'name') content FROM act WHERE kind = 'group'
            ORDER BY content->>'name', decision DESC
        ), permitted AS (
            SELECT p.id, t.app_label || '.' || p.codename AS code FROM auth_permission p
            JOIN django_content_type t ON t.id = p.content_type_id
        )
        SELECT u.id::text AS id FROM auth_user u
        WHERE u.is_superuser <> EXISTS (
            SELECT FROM kernel_principal p JOIN kernel_person n ON n.id = p.person_id
            WHERE n.user_id = u.id AND p.active AND p.role = 'administrator'
        )
        UNION ALL
        SELECT u.id::text FROM auth_user u LEFT JOIN kernel_person n ON n.user_id = u.id
        WHERE NOT EXISTS (SELECT FROM named WHERE named.person_id = n.id AND named.username IS NOT NULL)
          AND NOT ({in_trial("auth_user", "u.id")})
        UNION ALL
        SELECT u.id::text FROM kernel_person n JOIN auth_user u ON u.id = n.user_id JOIN (
            SELECT DISTINCT ON (person_id) person_id, username, staff_number FROM named WHERE username IS NOT NULL
            ORDER BY person_id, decision DESC
        ) last ON last.person_id = n.id
        WHERE (last.username, last.staff_number) <> (u.username, n.staff_number)
        UNION ALL
        SELECT u.id::text FROM kernel_person n JOIN auth_user u ON u.id = n.user_id JOIN (
            SELECT DISTINCT ON (person_id) person_id, active FROM named ORDER BY person_id, decision DESC
        ) last ON last.person_id = n.id
        WHERE last.active <> u.is_active
        UNION ALL
        SELECT u.id::text FROM user_act v JOIN kernel_person n ON n.id = v.person_id JOIN auth_user u ON u.id = n.user_id
        WHERE u.is_staff AND v.content->>'is_staff' = 'false'
          AND NOT EXISTS (SELECT FROM act WHERE act.kind = 'administrator' AND act.person_id = n.id)
          AND NOT EXISTS (SELECT FROM founded WHERE founded.person_id = n.id)
           OR EXISTS (SELECT FROM auth_user_user_permissions h JOIN permitted p ON p.id = h.permission_id
                      WHERE h.user_id = u.id AND NOT v.content->'views' ? p.code)
           OR EXISTS (SELECT FROM auth_user_groups h JOIN auth_group g ON g.id = h.group_id
                      WHERE h.user_id = u.id AND NOT v.content->'groups' ? g.name)
        UNION ALL
        SELECT g.name FROM group_act o JOIN auth_group g ON g.name = o.content->>'name'
        WHERE EXISTS (SELECT FROM auth_group_permissions h JOIN permitted p ON p.id = h.permission_id
                      WHERE h.group_id = g.id AND NOT o.content->'views' ? p.code)
        """,  # noqa: S608 - constants of the vocabulary
    ),
)
