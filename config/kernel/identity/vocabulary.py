"""Types of identity documents (证件种类).

The type is always entered and never inferred: an 18-character number that starts with 9 may be a company's
credit code or a foreigner's residence card.

:source: 银发〔2015〕392号, in force from 2016-04-01; 国务院令第285号 article 5.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class DocumentType(StrEnum):
    """Type of identity document (证件种类), as the API spells it."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str, en: str) -> Self:
        """Create a member with its code and its printed names."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        return member

    RESIDENT_ID = "resident_id", "居民身份证", "Resident ID card"
    TEMPORARY_ID = "temporary_id", "临时居民身份证", "Temporary resident ID card"
    HOUSEHOLD_REGISTER = "household_register", "户口簿", "Household register"
    HK_MACAU_PERMIT = (
        "hk_macau_permit",
        "港澳居民来往内地通行证",
        "Mainland travel permit for Hong Kong and Macau residents",
    )
    TAIWAN_PERMIT = (
        "taiwan_permit",
        "台湾居民来往大陆通行证",
        "Mainland travel permit for Taiwan residents",
    )
    HMT_RESIDENCE = (
        "hmt_residence",
        "港澳台居民居住证",
        "Residence permit for Hong Kong, Macau and Taiwan residents",
    )
    FOREIGN_PR_ID = (
        "foreign_pr_id",
        "外国人永久居留身份证",
        "Foreign permanent resident ID card",
    )
    PASSPORT = "passport", "护照", "Passport"
    MILITARY_ID = "military_id", "军人或武警身份证件", "Military or armed police ID"
    USCC = "uscc", "统一社会信用代码", "Unified social credit code"


#: The documents that carry the same citizen number (公民身份号码): one person,
#: whichever of them is shown.
CITIZEN_TYPES = frozenset(
    {
        DocumentType.RESIDENT_ID,
        DocumentType.TEMPORARY_ID,
        DocumentType.HOUSEHOLD_REGISTER,
    }
)

#: The documents of an organization (单位).
ORGANIZATION_TYPES = frozenset({DocumentType.USCC})

#: The documents of an individual (个人).
INDIVIDUAL_TYPES = frozenset(DocumentType) - ORGANIZATION_TYPES
