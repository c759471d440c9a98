"""Whom nothing restricts any more once certificates are over (解除范围): by the rules that decide, for very many at once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import Account, Freeze, Letter
from accounts.queries.standing import Standing, standings_of
from accounts.queries.touched import named_customers
from accounts.vocabulary import AccountStatus
from accounts.vocabulary.letters import LetterKind
from blacklist.operations.customers import Freed
from blacklist.operations.touched import OF_CERTIFICATES
from config.kernel.sql import rows

_HOLDERS = f"SELECT DISTINCT customer_id FROM ({named_customers(OF_CERTIFICATES)}) AS named(line, customer_id)"  # noqa: S608
#: What tells a customer that something begins.
_BEGINNINGS = (LetterKind.PENALTY, LetterKind.SUSPENSION, LetterKind.CASE_ACCOUNT)


def freed_without(certificate_ids: Collection[UUID], at: datetime) -> Freed:
    """Count the customers and open accounts that are restricted at an instant and would not be without certificates.

    An account that an authority has frozen is not free, nor is a customer of whom any open account is not. In as many
    queries for any number of certificates.
    """
    ids = frozenset(certificate_ids)
    holders = [row["customer_id"] for row in rows(_HOLDERS, {"ids": list(ids)})]
    accounts: defaultdict[UUID, list[Account]] = defaultdict(list)
    of_holders = Account.objects.only("customer_id", "account_number", "kind").filter(customer_id__in=holders)
    for account in of_holders.exclude(status=AccountStatus.CLOSED):
        accounts[account.customer_id].append(account)
    in_force = Q(until=None) | Q(until__gt=at)
    frozen = set(
        Freeze.objects.filter(in_force, account__customer_id__in=holders, lifted_at=None).values_list(
            "account_id", flat=True
        )
    )
    free_customers = free_accounts = 0
    for customer_id, standing in standings_of(holders, at).items():
        customer, of_customer = _freed(standing, accounts[customer_id], frozen, ids)
        free_customers += customer
        free_accounts += of_customer
    return Freed(free_customers, free_accounts, _letters(ids))


def _freed(
    standing: Standing, accounts: Sequence[Account], frozen: Collection[UUID], ids: Collection[UUID]
) -> tuple[bool, int]:
    """Say whether a customer becomes free, and of how many accounts that is so."""
    left = replace(standing, listings=tuple(each for each in standing.listings if each.certificate_id not in ids))
    bound = [each for each in accounts if standing.of_account(each)]
    still = {each.id for each in accounts if each.id in frozen or left.of_account(each)}
    becomes_free = bool(bound or standing.of_person()) and not still and not left.of_person()
    return becomes_free, sum(each.id not in still for each in bound)


def _letters(ids: Collection[UUID]) -> int:
    """Count the letters that tell customers of certificates; one that another replaces does not count beside it."""
    told = Letter.objects.filter(certificate_id__in=ids, kind__in=_BEGINNINGS)
    return told.filter(replaced_by=None).count()
