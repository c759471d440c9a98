"""Tables of transfers, of their events and of what releases them."""

from transfers.models.heartbeats import Heartbeat
from transfers.models.transfers import Event, Transfer

__all__ = ["Event", "Heartbeat", "Transfer"]
