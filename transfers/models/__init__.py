"""Tables of transfers, of their events and of what releases them."""

from transfers.models.heartbeats import Heartbeat
from transfers.models.lateness import LatenessCount
from transfers.models.transfers import Event, Transfer, payee_key

__all__ = ["Event", "Heartbeat", "LatenessCount", "Transfer", "payee_key"]
