"""What at a machine did not arrive as the law of its day says, derived anew from the table of regimes."""

from collections.abc import Iterable
from itertools import pairwise

from config.kernel.database.sql import rows
from transfers.policy.regimes import Exempt, first_instant, regimes_of
from transfers.vocabulary import AtmProfile, RuleCode

# Nothing the row says of its own exemption is believed: who holds the accounts, what the payer is, and since when an
# account elsewhere is known as the payer's is asked again, as of the acceptance: whoever was found to be one person with
# the payer since was another then. A label that the rows do not bear out is a contradiction.
_QUERY = """
WITH regime AS (
    SELECT * FROM unnest(
        %(profile)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(hold)s::int[],
        %(organization)s::bool[], %(own_here)s::bool[], %(own_elsewhere)s::bool[]
    ) r (profile, since, until, hold, organization, own_here, own_elsewhere)
), judged AS (
    SELECT t.id, t.channel, t.rule_code, t.same_holder, t.hold_seconds, t.accepted_at, t.due_at, r.hold,
           r.organization AND c.kind = 'organization' AS organization,
           r.own_here AND coalesce(accounts_same_customer(
               accounts_customer_at(p.id, p.customer_id, t.accepted_at),
               accounts_customer_at(a.id, a.customer_id, t.accepted_at)), false)
           OR r.own_elsewhere AND EXISTS (
               SELECT FROM accounts_externalaccount x
               WHERE accounts_same_customer(
                   accounts_customer_at(x.id, x.customer_id, t.accepted_at),
                   accounts_customer_at(a.id, a.customer_id, t.accepted_at))
                 AND x.number_key = t.payee_key
                 AND x.status IN ('active', 'ended') AND x.in_force_at <= t.accepted_at
                 AND coalesce(x.ended_at, 'infinity') > t.accepted_at
           ) AS own
    FROM transfers_transfer t
    JOIN accounts_account a ON a.id = t.payer_account_id
    JOIN accounts_customer c ON c.id = a.customer_id
    LEFT JOIN accounts_account p ON p.id = t.payee_account_id
    LEFT JOIN regime r ON r.profile = t.rule_profile
        AND t.accepted_at >= coalesce(r.since, '-infinity') AND t.accepted_at < coalesce(r.until, 'infinity')
    WHERE t.status <> 'refused' AND (t.channel = 'atm' OR t.rule_code LIKE 'ATM%%')
)
SELECT id::text AS id FROM judged
WHERE channel <> 'atm' OR hold IS NULL
   OR rule_code = %(delayed)s AND (
       hold = 0 OR hold_seconds IS DISTINCT FROM hold
       OR due_at IS DISTINCT FROM accepted_at + make_interval(secs => hold)
   )
   OR due_at < accepted_at + make_interval(secs => hold) AND NOT (organization OR own)
   OR rule_code <> %(delayed)s AND rule_code <> CASE
       WHEN hold = 0 THEN %(before)s WHEN organization THEN %(for_organization)s WHEN own THEN %(for_own)s ELSE ''
   END
   OR same_holder AND NOT own
"""


def not_as_the_regime_says() -> Iterable[str]:
    """Return the ids of transfers that are due at another time than the regime of their day of acceptance asks for."""
    spans = [
        (profile, regime, later and first_instant(later))
        for profile in AtmProfile
        for regime, later in pairwise([*regimes_of(profile), None])
        if regime
    ]
    found = rows(
        _QUERY,
        {
            "delayed": RuleCode.ATM_DELAYED.value,
            "before": RuleCode.ATM_BEFORE_RULE.value,
            "for_organization": RuleCode.ATM_ORGANIZATION.value,
            "for_own": RuleCode.ATM_OWN_ACCOUNT.value,
            "profile": [profile.value for profile, _, _ in spans],
            "since": [first_instant(regime) for _, regime, _ in spans],
            "until": [until for _, _, until in spans],
            "hold": [regime.hold_seconds for _, regime, _ in spans],
            "organization": [Exempt.ORGANIZATION in regime.exempt for _, regime, _ in spans],
            "own_here": [Exempt.OWN_HERE in regime.exempt for _, regime, _ in spans],
            "own_elsewhere": [Exempt.OWN_ELSEWHERE in regime.exempt for _, regime, _ in spans],
        },
    )
    return [row["id"] for row in found]
