"""What each legal basis brings (惩戒制度): data alone, one file per instrument, found by standing there.

A further instrument is one further file in `instruments`: codes and words of legal bases, the choices of forms and of
the API, and whatever is decided follow it. It never changes what certificates bring that rest on another: the basis
alone selects the regime, whatever the certificate's date.
"""

from blacklist.regimes.registry import DEFAULT_BASIS, BasisWords, LegalBasis, regime_in_force, regimes, replaced_by
from blacklist.regimes.shape import CaseMeasure, Measure, Regime, Threshold
from blacklist.regimes.words import left_open_text, measure_text, terms_text

__all__ = [
    "DEFAULT_BASIS",
    "BasisWords",
    "CaseMeasure",
    "LegalBasis",
    "Measure",
    "Regime",
    "Threshold",
    "left_open_text",
    "measure_text",
    "regime_in_force",
    "regimes",
    "replaced_by",
    "terms_text",
]
