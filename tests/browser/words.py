"""Free texts of a town."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Words:
    """Source of ordinary free texts of a town.

    :ivar tagged: fields whose text begins with their own tag.
    """

    tagged: set[str] = field(default_factory=set)

    def name(self) -> str:
        """Return a person's name."""
        return "赵敏"

    def line(self, of: str, most: int) -> str:
        """Return a line of text for a field, up to a length."""
        self.tagged.add(of)
        return f"{of}某市2026字第1号"[:most]

    def text(self, of: str, most: int) -> str:
        """Return a longer text for a field."""
        self.tagged.add(of)
        return f"{of}客户说明情况，经办人已核对原件。"[:most]


def chunks(payloads: tuple[str, ...], most: int) -> Iterator[str]:
    """Yield joined payloads, each text at most `most` characters long."""
    text = ""
    for each in payloads:
        if text and len(text) + 1 + len(each) > most:
            yield text
            text = ""
        text = f"{text} {each}" if text else each
    yield text
