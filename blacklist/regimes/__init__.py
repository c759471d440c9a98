"""Regimes of the legal bases (惩戒制度): data only, one file per instrument, found in `instruments`.

A new instrument is one new file there. Codes and names of legal bases, the choices in forms and in the API, and
decisions follow from it. It never changes the effects of certificates with another basis: the basis alone selects the
regime, whatever the certificate's date.
"""

from blacklist.regimes.registry import (
    DEFAULT_BASIS,
    BasisWords,
    LegalBasis,
    regime_in_force,
    regimes,
    regimes_with_terms,
    replaced_by,
)
from blacklist.regimes.shape import CaseMeasure, Measure, Regime, Threshold, Verb
from blacklist.regimes.words import is_narrower, left_open_text, measure_text, terms_text, verb_of

__all__ = [
    "DEFAULT_BASIS",
    "BasisWords",
    "CaseMeasure",
    "LegalBasis",
    "Measure",
    "Regime",
    "Threshold",
    "Verb",
    "is_narrower",
    "left_open_text",
    "measure_text",
    "regime_in_force",
    "regimes",
    "regimes_with_terms",
    "replaced_by",
    "terms_text",
    "verb_of",
]
