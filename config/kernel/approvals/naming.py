"""What the API calls the kinds of proposals: some kinds go by several names, by what their object is."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from config.kernel.approvals.registry import Kind, kinds, of_the_bank
from config.kernel.models import Approval


def kind_names() -> list[str]:
    """Return every name by which the API tells a kind of the bank's business, in their order."""
    return sorted({*of_the_bank(), *(name for kind in of_the_bank().values() for name in kind.narrower)})


def of_name(found: QuerySet[Approval], name: str) -> QuerySet[Approval]:
    """Return those of some proposals that the API calls by one of `kind_names`."""
    for kind in kinds().values():
        if name in kind.narrower:
            return found.filter(kind=kind.name, object_id__in=_ids(kind, name))
    found = found.filter(kind=name)
    kind = kinds()[name]
    for other in kind.narrower:
        found = found.exclude(object_id__in=_ids(kind, other))
    return found


def names_of(approvals: Iterable[Approval]) -> Mapping[UUID, str]:
    """Return by what name the API tells each proposal, by its id; those of a kind are looked up at once."""
    rows = list(approvals)
    names = {each.pk: each.kind for each in rows}
    for kind in (kind for kind in kinds().values() if kind.narrower):
        own = [each for each in rows if each.kind == kind.name]
        for name in kind.narrower if own else ():
            meant = set(_ids(kind, name).filter(pk__in=[each.object_id for each in own]))
            names |= {each.pk: name for each in own if each.object_id in meant}
    return names


def _ids(kind: Kind[Any], name: str) -> QuerySet[Any]:
    return kind.rows().filter(kind.narrower[name]).values_list("pk", flat=True)
