"""Which legal bases there are: what stands in `instruments`, and nothing else names them."""

import pkgutil
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import import_module
from types import MappingProxyType

from blacklist.regimes import instruments
from blacklist.regimes.shape import Regime
from config.kernel.law.text import Text

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,11}")


@cache
def regimes() -> Mapping[str, Regime]:
    """Return every regime by the code of its legal basis, the oldest first."""
    names = [found.name for found in pkgutil.iter_modules(instruments.__path__)]
    found: list[Regime] = [import_module(f"{instruments.__name__}.{name}").REGIME for name in names]
    return MappingProxyType({each.code: each for each in sorted(found, key=lambda each: (each.from_day, each.code))})


def replaced_by(code: str) -> Regime | None:
    """Return the regime that took the place of a basis first, None while none has."""
    return next((each for each in regimes().values() if code in each.replaces), None)


def regime_in_force(day: date) -> Regime | None:
    """Return the regime that is the law on a day: the last one begun, None before the first."""
    begun = [each for each in regimes().values() if each.from_day <= day]
    return begun[-1] if begun else None


class LegalBasis(str):
    """The instrument a certificate rests on (认定依据), by its code; it alone selects the penalty."""

    __slots__ = ()

    @classmethod
    def read(cls, sent: str) -> "LegalBasis":
        """Return what was sent for a code, empty where it has not the shape of one: it may be anything, and is not kept."""
        return cls(sent if _CODE.fullmatch(sent) else "")

    @property
    def value(self) -> str:
        """Return the code."""
        return str(self)

    @property
    def text(self) -> Text:
        """Return what it is called; a code that no regime has is shown as it is."""
        regime = regimes().get(self)
        return regime.text if regime else Text(str(self), str(self))


class _BasisWords(Mapping[str, Text]):
    """The codes of all legal bases and what they are called, as they are now."""

    def __getitem__(self, code: str) -> Text:
        return regimes()[code].text

    def __iter__(self) -> Iterator[LegalBasis]:
        return map(LegalBasis, regimes())

    def __len__(self) -> int:
        return len(regimes())

    @property
    def choices(self) -> list[tuple[str, Text]]:
        """Return them as a list to choose from, the newest law first."""
        return [(code, regime.text) for code, regime in regimes().items()][::-1]


BasisWords = _BasisWords()

#: The requirement this system implements: what counts before any other basis is in force.
DEFAULT_BASIS = LegalBasis("NOTICE_2016")
