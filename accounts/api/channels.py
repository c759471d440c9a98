"""On which channel a caller acts (渠道): it follows from the role; only a gateway names one."""

from typing import Any

from accounts.refusals.money import ChannelNotAllowed
from accounts.vocabulary import Channel
from config.kernel.access.keys import Caller
from config.kernel.models import Role

#: The channel of a role that has one; a gateway names one of its own, `Channel.of_gateway`.
OWN_CHANNEL = {Role.TELLER: Channel.COUNTER, Role.ATM: Channel.ATM}


def channel_of(caller: Caller, named: Any) -> Channel:
    """Return the channel a caller acts on.

    :param named: what the caller wrote, of any type; None where nothing was written.
    :raises ChannelNotAllowed: for one that is not the caller's, whatever was written.
    """
    own = OWN_CHANNEL.get(Role(caller.role))
    if own is not None:
        if named is not None and named != own.value:
            raise ChannelNotAllowed
        return own
    if not isinstance(named, str) or named not in Channel.values or not Channel(named).of_gateway:
        raise ChannelNotAllowed
    return Channel(named)
