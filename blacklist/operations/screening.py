"""Screen a person or an organization, customer or not, for restrictions (筛查)."""

from collections.abc import Collection
from datetime import date, datetime

from django.conf import settings

from blacklist.models import Subject, subject_match_key
from blacklist.operations.customers import LinkedCustomer, linked_to, linked_to_each
from blacklist.policy.restrictions import Restriction, grace_of_person, restrictions_of_person
from blacklist.queries import listed
from config.kernel.identity.documents import IdentityDocument
from config.kernel.vault.sealed import identity_key


def screen(document: IdentityDocument, *, at: datetime) -> tuple[Restriction, ...]:
    """Return the restrictions on the holder of a document at an instant (名单筛查).

    It stores and locks nothing, because no decision uses it. An unknown person has no restriction.

    :param document: parsed, valid or not.
    :returns: the restrictions in force then, empty when nothing lists the holder.
    """
    return _restrictions(linked_to(identity_key(document.identity)), at=at)


def screen_grace(document: IdentityDocument, *, at: datetime) -> tuple[Restriction, ...]:
    """Return restrictions on a document's holder that begin after the days of grace (宽限期).

    :param document: parsed, valid or not.
    """
    person = linked_to(identity_key(document.identity))
    return grace_of_person(
        listed(*person.keys).of(*person.keys),
        at=at,
        reverified=person.reverified,
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )


def _restrictions(person: LinkedCustomer, *, at: datetime) -> tuple[Restriction, ...]:
    return restrictions_of_person(
        listed(*person.keys).of(*person.keys),
        at=at,
        reverified=person.reverified,
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )


def namesake_is_listed(name: str, born: date, *, identity_keys: Collection[bytes], at: datetime) -> bool:
    """Return whether a person of this name and birth date is listed under another document (疑似名单人员).

    A match is a hint for staff, not a proof: a name alone restricts no one. Subjects whose document has no birth date
    are not compared.

    :param identity_keys: the person's own identities, which are excluded.
    :source: house rule: a listed person who comes with another document.
    """
    key = subject_match_key(name, born)
    if key is None:
        return False
    same = Subject.objects.filter(match_key=key).exclude(identity_key__in=identity_keys)
    found = [bytes(each) for each in same.order_by("id").values_list("identity_key", flat=True)]
    return any(_restrictions(each, at=at) for each in linked_to_each(found))
