"""Kinds of approval in the clean-up."""

from accounts.cleanup.operations import actions

KINDS = (actions.KIND,)
