"""Two administrators, and a function that proposes and approves an act."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.models import Administration, Approval, Principal
from tests import people

type Approved = Callable[..., Administration]


@pytest.fixture
def one(noon: Any) -> Caller:
    """An administrator."""
    return administrator("one")


@pytest.fixture
def other(noon: Any) -> Caller:
    """Another administrator."""
    return administrator("other")


def administrator(name: str) -> Caller:
    people.administrator(name)
    return people.caller_for(Principal.objects.get(name=name))


def proposed(propose: Callable[..., tuple[Administration, Approval]], by: Caller, **what: Any) -> Approval:
    """Let an administrator propose; return the proposal."""
    return perform(lambda: propose(principal=by, **what))[1]


@pytest.fixture
def approved(one: Caller, other: Caller) -> Approved:
    """Return a function that proposes by one administrator, approves by the other and returns the act in force."""

    def act(propose: Callable[..., tuple[Administration, Approval]], **what: Any) -> Administration:
        approval = proposed(propose, one, **what)
        perform(lambda: approvals.approve(approval.id, principal=other))
        return Administration.objects.get(pk=approval.object_id)

    return act
