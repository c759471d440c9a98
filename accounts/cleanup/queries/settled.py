"""What of a clean-up is settled, worked off and remains (清理结果): the one text that says it, for figures and for lists.

An item is settled at the first of: its account was closed, or is of another class; its card was cancelled and none
took its place; it is explained, or stopped as not the customer's will. Of each limit of a case as many count as worked
off as were beyond at the start, the first ones; what remains is the rest of the excess. A sealed campaign stands by
what was written then.
"""

#: Which cases are meant, as conditions on `c`, the case, and `g`, its campaign.
OF_CAMPAIGN = "c.campaign_id = %(campaign)s"
OF_CASES = "c.id = ANY(%(cases)s)"
#: Inside a statement over cases that are not called otherwise.
OF_EACH = 'c.id = "accounts_cleanupcase"."id"'

_SETTLED = """
WITH RECURSIVE thing AS (
  SELECT i.id, i.case_id, i."limit", i.account_id, i.card_id, i.rank, i.beyond, c.branch, c.customer_id, g.as_of,
         g.sealed_at IS NOT NULL AS sealed
  FROM accounts_cleanupcase c
  JOIN accounts_cleanupcampaign g ON g.id = c.campaign_id
  JOIN accounts_cleanupitem i ON i.case_id = c.id
  WHERE {where}
),
cancelled AS (
  SELECT t.id, k.id AS card_id, k.status, k.cancelled_at
  FROM thing t JOIN accounts_card k ON k.id = t.card_id WHERE k.status = 'cancelled' AND NOT t.sealed
  UNION ALL
  SELECT x.id, k.id, k.status, k.cancelled_at FROM cancelled x JOIN accounts_card k ON k.replaces_id = x.card_id
),
gone AS (
  SELECT id, max(cancelled_at) AS at FROM cancelled GROUP BY id HAVING bool_and(status = 'cancelled')
),
kept AS (
  SELECT t.case_id, t."limit", min(x.in_force_at) AS at
  FROM thing t JOIN accounts_cleanupaction x ON x.item_id = t.id
  WHERE x.way = 'keep' AND x.status = 'active' AND x.undone_at IS NULL
  GROUP BY t.case_id, t."limit"
),
state AS (
  SELECT t.*, a.closed_at, gone.at AS gone_at, x.way AS done, x.in_force_at AS done_at, kept.at AS kept_at,
         a.id IS NOT NULL AND a.kind || '_' || lower(a.account_class) <> t."limit" AS left_class,
         a.customer_id AS account_customer_id
  FROM thing t
  LEFT JOIN accounts_account a ON a.id = t.account_id
  LEFT JOIN gone ON gone.id = t.id
  LEFT JOIN kept ON kept.case_id = t.case_id AND kept."limit" = t."limit"
  LEFT JOIN accounts_cleanupaction x
    ON x.item_id = t.id AND x.status = 'active' AND x.undone_at IS NULL AND x.way NOT IN ('undo', 'keep')
  WHERE NOT t.sealed
),
settled AS (
  SELECT s.id, s.case_id, s."limit", s.branch, s.rank,
         greatest(s.as_of, least(
           s.closed_at, s.gone_at, CASE WHEN s.done IN ('explain', 'stop') THEN s.done_at END,
           CASE WHEN s.left_class THEN coalesce(
             CASE WHEN s.done = 'downgrade' THEN s.done_at END,
             CASE WHEN s.done IS NULL THEN s.kept_at END,
             (SELECT min(d.at) FROM kernel_decision d
              WHERE d.customer_id IN (s.customer_id, s.account_customer_id) AND d.account_id = s.account_id
                AND d.kind IN ('downgrade_account', 'upgrade_account') AND d.outcome = 'allowed' AND d.at >= s.as_of),
             s.as_of
           ) END
         )) AS at,
         coalesce(s.done, CASE WHEN s.left_class AND s.kept_at IS NOT NULL THEN 'keep' END, 'elsewhere') AS way
  FROM state s
  WHERE s.closed_at IS NOT NULL OR s.gone_at IS NOT NULL OR s.left_class OR s.done IN ('explain', 'stop')
  UNION ALL
  SELECT t.id, t.case_id, t."limit", t.branch, t.rank, o.at, o.way
  FROM thing t JOIN accounts_cleanupoutcome o ON o.item_id = t.id
  WHERE t.sealed
),
excess AS (
  SELECT case_id, "limit", branch, count(*) FILTER (WHERE beyond) AS most FROM thing GROUP BY case_id, "limit", branch
),
worked_off AS (
  SELECT w.* FROM (
    SELECT s.*, row_number() OVER (PARTITION BY s.case_id, s."limit" ORDER BY s.at, s.rank) AS nth FROM settled s
  ) AS w
  JOIN excess e ON e.case_id = w.case_id AND e."limit" = w."limit"
  WHERE w.nth <= e.most
),
standing AS (
  SELECT e.case_id, e."limit", e.branch, e.most AS excess, count(w.id) AS worked_off
  FROM excess e LEFT JOIN worked_off w ON w.case_id = e.case_id AND w."limit" = e."limit"
  GROUP BY e.case_id, e."limit", e.branch, e.most
)
"""


def with_standing(where: str) -> str:
    """Return the beginning of a statement over some cases.

    After it there are `settled` (id, case_id, limit, branch, rank, at, way: one row for each settled item), `worked_off`
    (those of them that count) and `standing` (case_id, limit, branch, excess, worked_off: numbers of each limit of a case).

    :param where: one of the conditions above.
    """
    return _SETTLED.format(where=where)
