"""Registry of legal bases; it collects the regimes in `instruments`."""

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
    """Return every regime by the code of its legal basis, oldest first."""
    names = [found.name for found in pkgutil.iter_modules(instruments.__path__)]
    found: list[Regime] = [import_module(f"{instruments.__name__}.{name}").REGIME for name in names]
    return MappingProxyType({each.code: each for each in sorted(found, key=lambda each: (each.from_day, each.code))})


def replaced_by(code: str) -> Regime | None:
    """Return the first regime that replaced a legal basis; None if none has."""
    return next((each for each in regimes().values() if code in each.replaces), None)


def regime_in_force(day: date) -> Regime | None:
    """Return the regime in force on a day: the latest that has begun; None before the first."""
    begun = [each for each in regimes().values() if each.from_day <= day]
    return begun[-1] if begun else None


def regimes_with_terms() -> frozenset[str]:
    """Return the codes of the legal bases under which a stated term or sentence sets the length of a penalty."""
    return frozenset(code for code, regime in regimes().items() if regime.term_prevails)


class LegalBasis(str):
    """The legal basis of a certificate (认定依据), by the code of its instrument; it alone selects the penalty."""

    __slots__ = ()

    @classmethod
    def read(cls, sent: str) -> "LegalBasis":
        """Return a code as sent by a caller; empty if it does not have the format of a code."""
        return cls(sent if _CODE.fullmatch(sent) else "")

    @property
    def value(self) -> str:
        """Return the code."""
        return str(self)

    @property
    def text(self) -> Text:
        """Return the name of the legal basis; an unknown code is shown as it is."""
        regime = regimes().get(self)
        return regime.text if regime else Text(str(self), str(self))


class _BasisWords(Mapping[str, Text]):
    """Mapping from the codes of all legal bases to their names."""

    def __getitem__(self, code: str) -> Text:
        return regimes()[code].text

    def __iter__(self) -> Iterator[LegalBasis]:
        return map(LegalBasis, regimes())

    def __len__(self) -> int:
        return len(regimes())

    @property
    def choices(self) -> list[tuple[str, Text]]:
        """Return codes and names as choices of a form, newest law first."""
        return [(code, regime.text) for code, regime in regimes().items()][::-1]


BasisWords = _BasisWords()

#: The notice of 2016: the basis before any other regime is in force.
DEFAULT_BASIS = LegalBasis("NOTICE_2016")
