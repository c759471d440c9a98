"""The broker's transport: kombu's for Redis, which over one entry that is no message would end the whole worker."""

import logging
from json import JSONDecodeError
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual

log = logging.getLogger("bank.broker")


class NotAMessage(Exception):
    """Tell that an entry of a queue cannot be read as a message."""


class Message(virtual.Message):
    """A message as Celery writes it."""

    def __init__(self, payload: Any, channel: Any = None, **more: Any) -> None:
        try:
            delivery = payload["properties"]["delivery_info"]
            if not {"exchange", "routing_key"} <= delivery.keys():
                raise NotAMessage
            super().__init__(payload, channel=channel, **more)  # type: ignore[no-untyped-call]
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise NotAMessage from error


class Channel(redis.Channel):
    """A channel that drops what is no message and goes on with the next."""

    Message = Message

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (NotAMessage, JSONDecodeError, UnicodeDecodeError) as error:
            # Taken from the list already; what it holds is nobody's to print.
            log.error("dropped an entry of the broker that is no message (%s)", type(error).__name__)  # noqa: TRY400
            return True


class Transport(redis.Transport):
    """Redis, as kombu speaks to it."""

    Channel = Channel


def install() -> None:
    """Let every address of a Redis broker, sockets too, be spoken to by this transport."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
