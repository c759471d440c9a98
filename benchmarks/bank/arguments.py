"""Arguments of commands."""

from argparse import ArgumentTypeError


def above_zero(text: str) -> int:
    """Read a whole number above zero.

    :raises ArgumentTypeError: when it is none.
    """
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"a whole number above zero, not {text}")
    return int(text)
