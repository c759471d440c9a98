"""The one exception of the stack: its text is a line for a person, not a traceback."""


class StackError(Exception):
    """Say in one line what could not be started, and what to do about it."""
