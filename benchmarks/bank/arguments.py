"""Parsers for arguments of commands."""

from argparse import ArgumentTypeError


def above_zero(text: str) -> int:
    """Parse a whole number above zero.

    :raises ArgumentTypeError: when the text is no such number.
    """
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"a whole number above zero, not {text}")
    return int(text)
