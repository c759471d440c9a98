"""Tables of transfers, of their events, of suspicions, and of releases (heartbeats, counts of lateness)."""

from transfers.models.delays import TransferDelay
from transfers.models.release_records import Heartbeat, LatenessCount
from transfers.models.suspicions import Suspicion
from transfers.models.transfers import Event, Transfer, payee_key

__all__ = ["Event", "Heartbeat", "LatenessCount", "Suspicion", "Transfer", "TransferDelay", "payee_key"]
