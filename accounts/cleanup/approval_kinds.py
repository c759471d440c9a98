"""What of the clean-up takes a second person."""

from accounts.cleanup.operations import actions

KINDS = (actions.KIND,)
