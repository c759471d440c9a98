"""The message broker: a Redis transport that survives malformed entries, and the queues of RabbitMQ.

kombu's own transport ends the whole worker when one entry of a queue is not a message.
"""

import logging
from typing import Any

from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from redis.exceptions import DataError, RedisError

log = logging.getLogger("bank.broker")


class NotAMessage(Exception):
    """An entry of a queue that cannot be read as a message."""


class Message(virtual.Message):
    """A wake-up in Celery's format (the second protocol, in JSON): name and id of a task.

    The bank's tasks have no arguments. No other content of an entry reaches Celery, which trusts all of it.
    """

    def __init__(self, payload: Any, channel: Any = None, **more: Any) -> None:
        try:
            super().__init__(_wake_up(payload), channel=channel, **more)  # type: ignore[no-untyped-call]
            args, kwargs, embed = self.decode()  # type: ignore[no-untyped-call]
            empty = args == [] and kwargs == {} and not any(embed.values())
        except Exception as error:
            raise NotAMessage from error
        if not empty:
            raise NotAMessage


class QoS(redis.QoS):
    """Entries delivered to a worker and not acknowledged; one that cannot be put back is dropped."""

    # A worker with no free place no longer polls the broker. If a place stayed taken after a failed acknowledgement, the
    # worker would never notice that the broker is gone or back. The message is delivered again, which does no harm.
    def ack(self, delivery_tag: Any) -> None:
        """Acknowledge a message at the broker; its place is free even if that fails."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except (OSError, RedisError):
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            raise

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        """Return a message to the queue, or drop it; its place is free even if that fails."""
        try:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]
        except (OSError, RedisError):
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            raise

    def restore_by_tag(self, tag: Any, client: Any = None, leftmost: bool = False) -> None:
        try:
            super().restore_by_tag(tag, client, leftmost)  # type: ignore[no-untyped-call]
        except Exception as error:
            if isinstance(error, (OSError, RedisError)) and not isinstance(error, DataError):
                raise  # a fault of the broker, not of the entry
            # If it stayed, every sweep would fail at it and never reach later entries.
            _log_dropped(error)
            self._remove_from_indices(tag).execute()  # type: ignore[no-untyped-call]


class Channel(redis.Channel):
    """A channel that drops malformed entries and continues with the next one."""

    Message = Message
    QoS = QoS

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (NotAMessage, ValueError, RecursionError) as error:
            # The entry is no longer in the list.
            _log_dropped(error)
            return True

    def _deliver_fanout_message(self, message: Any, exchange: str) -> bool:
        """Drop messages to all workers, because workers are not controlled through the broker."""
        return True


class Transport(redis.Transport):
    """kombu's Redis transport with this channel and message."""

    Channel = Channel


def quorum_queues() -> tuple[Queue, ...]:
    """Return the queues for RabbitMQ, replicated on several nodes."""
    return tuple(
        Queue(name, Exchange(name, type="topic"), routing_key=name, queue_arguments={"x-queue-type": "quorum"})  # type: ignore[no-untyped-call]
        for name in ("default", "release")
    )


def send_wake_up(task: Any) -> bool:
    """Send a wake-up; an unavailable broker is only logged, because the next periodic check finds the work.

    :param task: of Celery.
    :returns: whether it was sent.
    """
    try:
        task.apply_async(retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)
        return False
    return True


def install() -> None:
    """Use this transport for all addresses of Redis brokers, sockets included."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"


def _wake_up(payload: Any) -> dict[str, Any]:
    """Return the required parts of an entry; a missing or non-text part is an error."""
    headers, properties = payload["headers"], payload["properties"]
    delivery = properties["delivery_info"]
    return {
        "body": _text(payload["body"]),
        "content-type": _text(payload["content-type"]),
        "content-encoding": _text(payload["content-encoding"]),
        "headers": {"task": _text(headers["task"]), "id": _text(headers["id"])},
        "properties": {
            "body_encoding": _text(properties["body_encoding"]),
            "delivery_tag": _text(properties["delivery_tag"]),
            "delivery_info": {name: _text(delivery[name]) for name in ("exchange", "routing_key")},
        },
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotAMessage
    return value


def _log_dropped(error: Exception) -> None:
    # The content is not logged, because it is unknown.
    log.error("dropped an entry of the broker that is no message (%s)", type(error).__name__)
