"""Whether two who act are one natural person, under whatever name; in the database `kernel_same_person` asks the same."""

from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.models import Principal


def person_of(caller: Caller) -> UUID | None:
    """Return the natural person behind a caller, None for a machine; looked up where nobody has asked yet."""
    return caller.person_id or Principal.objects.values_list("person_id", flat=True).filter(pk=caller.id).first()


def is_same_person(caller: Caller, other: Principal | None) -> bool:
    """Say whether a caller is the person behind another principal; nobody is behind None."""
    if other is None:
        return False
    return caller.id == other.id or (other.person_id is not None and person_of(caller) == other.person_id)
