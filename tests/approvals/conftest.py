"""Somebody at the desk and in the back office."""

from tests.desk.conftest import signed_in, staff

__all__ = ["signed_in", "staff"]
