"""Whether a letter is one of ours, unchanged (信函核验): by its number and the code on the paper, or by the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from accounts.letters.models import Letter, LetterPrint
from accounts.letters.vocabulary import LetterKind
from config.kernel.identity.unreadable import Unreadable

_NUMBER = re.compile(r"(?P<short>\w{2,4})[〔\[［(（](?P<year>[0-9]{4})[〕\]］)）](?P<serial>[0-9]{1,9})号?")
#: So many letters are read at a time: a proof goes through all of them.
_PIECE = 500


@dataclass(frozen=True, slots=True)
class LetterChecked:
    """What a paper is that bears a number and a code.

    :ivar letter: the letter of that number and code; None where there is none, whichever of the two is wrong.
    :ivar unchanged: whether what is kept of it is still what was hashed.
    """

    letter: Letter | None = None
    unchanged: bool = False


def check_paper(number: str, code: str) -> LetterChecked:
    """Return which letter a paper is, by what stands on it."""
    said = _NUMBER.fullmatch("".join(number.split()))
    kinds = {each.short: each for each in LetterKind}
    if said is None or said["short"] not in kinds:
        return LetterChecked()
    found = Letter.objects.filter(
        kind=kinds[said["short"]], year=int(said["year"]), serial=min(int(said["serial"]), 2**31 - 1)
    )
    letter = found.select_related("issued_by").first()
    plain = re.sub(r"[\s-]", "", code).upper()
    if letter is None or plain != letter.code.replace("-", ""):
        return LetterChecked()
    return LetterChecked(letter, is_unchanged(letter))


def check_file(content: bytes) -> LetterPrint | None:
    """Return as which print a file was handed out, None where it was not, or not as it is now."""
    found = LetterPrint.objects.filter(digest=sha256(content).hexdigest())
    return found.select_related("letter").first()


def is_unchanged(letter: Letter) -> bool:
    """Say whether what is kept of a letter is what was hashed when it was issued."""
    content = letter.content
    return not isinstance(content, Unreadable) and sha256(content.encode()).hexdigest() == letter.digest


def changed_since_issued() -> Iterator[str]:
    """Return the ids of letters whose content is not what was issued, or cannot be read."""
    found = Letter.objects.order_by("pk")
    return (str(row.pk) for row in found.iterator(chunk_size=_PIECE) if not is_unchanged(row))
