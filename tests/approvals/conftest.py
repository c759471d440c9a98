"""Fixtures of approvals: people at the desk and in the back office, a subject, and a checker."""

import pytest
from django.test import Client

from tests.desk.conftest import SignedIn, account, signed_in, staff

__all__ = ["account", "signed_in", "staff"]


@pytest.fixture
def checker(signed_in: SignedIn) -> Client:
    """Another supervisor, who types a fresh code with every form."""
    return signed_in("supervisor", "checker", with_codes=True)
