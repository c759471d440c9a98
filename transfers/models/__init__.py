"""Tables of transfers, of their events, and of releases (heartbeats, counts of lateness)."""

from transfers.models.release_records import Heartbeat, LatenessCount
from transfers.models.transfers import Event, Transfer, payee_key

__all__ = ["Event", "Heartbeat", "LatenessCount", "Transfer", "payee_key"]
