"""The refusal of a channel that is not the caller's."""

from typing import cast

from accounts.vocabulary import Channel
from config.kernel.law.refusals import Forbidden
from config.kernel.law.text import Text

_OWN = [cast("Text", each.label) for each in Channel if not each.of_gateway]
_NAMED = [cast("Text", each.label) for each in Channel if each.of_gateway]


class ChannelNotAllowed(Forbidden):
    """Refuse a channel that is not the caller's."""

    code = "CHANNEL_NOT_ALLOWED"
    zh = (
        f"所填渠道不是您可以使用的渠道。{'和'.join(each.zh for each in _OWN)}各办理本渠道的业务，"
        f"网关办理{'、'.join(each.zh for each in _NAMED)}的业务。"
    )
    en = (
        f"This channel is not yours. {' and '.join(each.en for each in _OWN)} each act on their own; a gateway acts on: "
        f"{', '.join(each.en for each in _NAMED)}."
    )
