"""Tell what bears on somebody, customer or not (筛查)."""

from datetime import datetime

from django.conf import settings

from blacklist.operations.customers import linked_to
from blacklist.policy.restrictions import Restriction, restrictions_of_person
from blacklist.queries import listed
from config.kernel.identity.documents import IdentityDocument
from config.kernel.sealed import identity_key


def screen(document: IdentityDocument, *, at: datetime) -> tuple[Restriction, ...]:
    """Return the restrictions on whoever a document belongs to, at an instant (名单筛查).

    Nothing is kept and nothing is locked: it informs, it decides nothing. An unknown person has none.
    """
    person = linked_to(identity_key(document.identity))
    listings = listed(person.identity_keys, person.account_numbers)
    return restrictions_of_person(
        listings.of(person.identity_keys, person.account_numbers),
        at=at,
        reverified_at=person.reverified_at,
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )
