"""How a text addresses a customer: a person or an organization (称谓). Used by the words of letters, measures and refusals.

A person shows an identity document; an organization sends an authorized person (经办人). Texts contain the names of these
words as placeholders, such as `{papers}`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from config.kernel.law.text import Text

#: The kind of a customer or certificate subject that is not a person.
ORGANIZATION = "organization"

type Address = Mapping[str, Text]

_INDIVIDUAL: Address = MappingProxyType(
    {
        "you": Text("您", "you"),
        "your": Text("您名下", "your"),
        "own_account": Text(
            "本人银行账户（含经本行登记的他行账户）", "an own bank account here, or one registered at another bank"
        ),
        "papers": Text("持本人有效身份证件", "a valid identity document"),
        "papers_with_letter": Text("持本函和本人有效身份证件", "this letter and a valid identity document"),
        "personal_cards": Text(
            "，个人的社会保障卡等民生卡种不受此限",
            ", but social security, medical insurance and military security cards are still issued to individuals",
        ),
    }
)
_ORGANIZATION: Address = MappingProxyType(
    {
        "you": Text("贵单位", "your organization"),
        "your": Text("贵单位名下", "your organization's"),
        "own_account": Text(
            "本单位银行账户（含经本行登记的他行账户）",
            "a bank account of the organization here, or one registered at another bank",
        ),
        "papers": Text(
            "由经办人持单位证明文件、授权书和本人有效身份证件",
            "proof of the organization, a letter of authorization and the bearer's own valid identity document",
        ),
        "papers_with_letter": Text(
            "由经办人持本函、单位证明文件、授权书和本人有效身份证件",
            "this letter, proof of the organization, a letter of authorization and the bearer's own valid identity document",
        ),
        # Cards that are issued to persons only are not offered to an organization.
        "personal_cards": Text("", ""),
    }
)


def address_of(kind: str) -> Address:
    """Return the words that a text to a customer uses, by the customer's kind.

    :param kind: `individual`, `organization`, or empty if unknown: then a person is addressed.
    """
    return _ORGANIZATION if kind == ORGANIZATION else _INDIVIDUAL


def addressed(words: Text, kind: str) -> Text:
    """Return a text with its placeholders filled for a customer of a kind."""
    address = address_of(kind)
    return Text(
        words.zh.format_map({name: word.zh for name, word in address.items()}),
        words.en.format_map({name: word.en for name, word in address.items()}),
    )
