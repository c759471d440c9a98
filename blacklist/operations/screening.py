"""Return what restricts a person or an organization, customer or not (筛查)."""

from collections.abc import Collection
from datetime import date, datetime

from django.conf import settings

from blacklist.models import Subject, subject_match_key
from blacklist.operations.customers import Linked, linked_to, linked_to_each
from blacklist.policy.restrictions import Restriction, grace_of_person, restrictions_of_person
from blacklist.queries import listed
from config.kernel.identity.documents import IdentityDocument
from config.kernel.vault.sealed import identity_key


def screen(document: IdentityDocument, *, at: datetime) -> tuple[Restriction, ...]:
    """Return the restrictions on the holder of a document at an instant (名单筛查).

    Nothing is kept and nothing is locked: it informs, it decides nothing. An unknown person has none.

    :param document: parsed, valid or not.
    :returns: the restrictions in force then, empty when nothing lists the holder.
    """
    return _restrictions(linked_to(identity_key(document.identity)), at=at)


def screen_grace(document: IdentityDocument, *, at: datetime) -> tuple[Restriction, ...]:
    """Return what begins for the holder of a document when days of grace are over (宽限期), empty while none run.

    :param document: parsed, valid or not.
    """
    person = linked_to(identity_key(document.identity))
    return grace_of_person(
        listed(*person.keys).of(*person.keys),
        at=at,
        reverified=person.reverified,
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )


def _restrictions(person: Linked, *, at: datetime) -> tuple[Restriction, ...]:
    return restrictions_of_person(
        listed(*person.keys).of(*person.keys),
        at=at,
        reverified=person.reverified,
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )


def namesake_is_listed(name: str, born: date, *, identity_keys: Collection[bytes], at: datetime) -> bool:
    """Say whether a person of this name, born on this day, is listed under another document (疑似名单人员).

    A hint to look closer, never a proof: a name alone restricts no one. Of a subject whose document tells no birth date
    there is none.

    :param identity_keys: the person's own, whose listings count anyway.
    :source: house rule: a listed person who comes with another document.
    """
    key = subject_match_key(name, born)
    if key is None:
        return False
    same = Subject.objects.filter(match_key=key).exclude(identity_key__in=identity_keys)
    found = [bytes(each) for each in same.order_by("id").values_list("identity_key", flat=True)]
    return any(_restrictions(each, at=at) for each in linked_to_each(found))
