"""The restriction of an account or customer that a refusal names, and the other ones that it lists.

Causes are independent of each other: a penalized holder of a case account who is identified again stays penalized. A
refusal that named only one cause would suggest that the end of that one is enough. Used by the rules on money and on
opening.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.policy.facts import AccountStanding
from accounts.refusals.other_restrictions import FREEZE, NARROWER
from accounts.vocabulary import CustomerKind, HouseRule
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act, RestrictionCause, RestrictionKind
from config.kernel.law.dates import rfc3339


def longest_that_stops(restrictions: Iterable[Restriction], act: Act) -> Restriction | None:
    """Return the restriction that ends last of those that stop an act; one without an end is the last of all.

    :returns: None when nothing stops it.
    """
    return _last_to_end(each for each in restrictions if each.stops(act))


def longest_of_kind(restrictions: Iterable[Restriction], kind: RestrictionKind) -> Restriction | None:
    """Return the restriction of a kind that ends last; one without an end is the last of all.

    :returns: None when none is of this kind.
    """
    return _last_to_end(each for each in restrictions if each.kind == kind)


def other_restrictions(
    restrictions: Iterable[Restriction],
    *,
    but: Restriction | None = None,
    frozen: bool = False,
    frozen_until: datetime | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Return the field `also` of a refusal: of each kind, cause and extent the restriction that ends last.

    :param but: the restriction that the refusal names; all of its kind, cause and extent are left out.
    :param frozen: whether the account is frozen, too, and until when; None for a freeze without an end.
    :returns: no field where there is no other restriction.
    """
    last: dict[tuple[str, str, bool], Restriction] = {}
    for each in restrictions:
        key = _key_of(each)
        if key not in last or _last_to_end([last[key], each]) is each:
            last[key] = each
    if but is not None:
        last.pop(_key_of(but), None)
    others: list[dict[str, Any]] = [
        {
            "code": each.code,
            "cause": each.cause.value,
            **limit_of(each),
            **basis_of(each),
            "until": rfc3339(each.until),
        }
        for each in last.values()
    ]
    if frozen:
        others.append({"code": "ACCOUNT_FROZEN", "cause": FREEZE, "until": rfc3339(frozen_until)})
    return {"also": others} if others else {}


def others_on_account(account: AccountStanding, named: Restriction) -> dict[str, list[dict[str, Any]]]:
    """Return the field `also` of a refusal that names one restriction of an account: the others, and its freeze.

    :param named: the restriction that the refusal names.
    """
    return other_restrictions(account.restrictions, but=named, frozen=account.frozen, frozen_until=account.frozen_until)


def limit_of(restriction: Restriction) -> dict[str, str]:
    """Return the field that says that a restriction stops less than its code; no field where it stops all of it."""
    return dict([NARROWER[restriction.kind]]) if restriction.is_narrower else {}


def basis_of(restriction: Restriction) -> dict[str, str]:
    """Return the field with the legal basis of a penalty, by which the sentence takes its verb; none for other causes."""
    if restriction.cause is not RestrictionCause.PENALTY or restriction.legal_basis is None:
        return {}
    return {"legal_basis": restriction.legal_basis.value}


def reckoning_of(restriction: Restriction) -> dict[str, str]:
    """Return the field that says that a term counts from a sentence, which is a house rule; none for other terms."""
    return {"counted_from": "sentence"} if restriction.counts_by_sentence else {}


def house_rule_of(restriction: Restriction) -> HouseRule | None:
    """Return the house rule by which alone a penalty restricts; None where its instrument has the measure."""
    is_penalty = restriction.cause is RestrictionCause.PENALTY
    has_measure = restriction.clause is not None or restriction.counts_by_sentence
    return HouseRule.PUNISHED if is_penalty and not has_measure else None


def holder_of(kind: CustomerKind) -> dict[str, str]:
    """Return the field with the kind of holder, by which the sentence is addressed; no field for an individual."""
    return {"holder_kind": kind.value} if kind is CustomerKind.ORGANIZATION else {}


def _last_to_end(restrictions: Iterable[Restriction]) -> Restriction | None:
    return max(restrictions, key=lambda each: (each.until is None, each.until or each.starts_at), default=None)


def _key_of(restriction: Restriction) -> tuple[str, str, bool]:
    """Return kind, cause and extent of a restriction: a refusal lists one restriction of each."""
    return restriction.kind.value, restriction.cause.value, restriction.is_narrower
