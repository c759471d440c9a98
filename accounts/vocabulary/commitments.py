"""What whoever opens an account commits to on the form, in the words that the instrument prescribes (承诺)."""

from config.kernel.law.text import Text

#: :source: 银发〔2019〕85号 (八): the words that the form carries and the customer confirms, of a person and of a unit
#:     (本人（单位）); in force from 2019-06-01.
OF_A_PERSON = Text(
    "本人充分了解并清楚知晓出租、出借、出售、购买账户的相关法律责任和惩戒措施，承诺依法依规开立和使用本人账户。",
    "I fully understand and am clearly aware of the legal liability and the penalties for renting out, lending, selling or "
    "buying accounts, and commit myself to open and use my accounts in accordance with law and rules.",
)
OF_AN_ORGANIZATION = Text(
    "本单位充分了解并清楚知晓出租、出借、出售、购买账户的相关法律责任和惩戒措施，承诺依法依规开立和使用本单位账户。",
    "The organization fully understands and is clearly aware of the legal liability and the penalties for renting out, "
    "lending, selling or buying accounts, and commits itself to open and use its accounts in accordance with law and rules.",
)
#: What is told before the terms: whose acts are penalized, and who certifies them.
#: :source: 通告第五条; 银发〔2019〕85号 (八), (九).
TOLD = Text(
    "出租、出借、出售、购买账户，组织上述行为，或者假冒他人身份、虚构代理关系开户的单位和个人，经设区的市级及以上公安机关认定后，依法受到惩戒",
    "Organizations and persons certified by the police of a districted city or above to have rented out, lent, sold or "
    "bought accounts, to have organized this, or to have opened accounts under another's identity or by a fictitious "
    "agency are penalized by law",
)


def commitment_of(*, organization: bool) -> Text:
    """Return the commitment of whoever opens an account."""
    return OF_AN_ORGANIZATION if organization else OF_A_PERSON
