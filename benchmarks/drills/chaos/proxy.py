"""Proxy between clients and bank that cuts or half-closes connections, before or after the bank has read."""

import random
import select
import socket
import threading
from contextlib import suppress

BUFFER_BYTES = 65536
IDLE_SECONDS = 60


class CuttingProxy:
    """A proxy on its own port.

    :param target: host and port of the bank.
    :ivar odds: probabilities that a request, and that an answer, is cut.
    """

    def __init__(self, target: tuple[str, int], seed: int, odds: float = 0.02) -> None:
        self.target = target
        self.odds = odds
        self.cuts = 0
        self._chance = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address of the bank through the proxy."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self.target, timeout=5) as bank:
            bank.settimeout(IDLE_SECONDS)
            for side in (client, bank):
                # Pieces are passed on immediately.
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                ready, _, _ = select.select([client, bank], [], [], IDLE_SECONDS)
                if not ready:
                    return
                for side in ready:
                    if not self._pass_on(side, bank if side is client else client, from_bank=side is bank):
                        return

    def _pass_on(self, here: socket.socket, there: socket.socket, *, from_bank: bool) -> bool:
        """Pass on received bytes; return False if the connection must end."""
        data = here.recv(BUFFER_BYTES)
        if not data:
            return False
        if self._chance.random() >= self.odds:
            there.sendall(data)
            return True
        self.cuts += 1
        if from_bank and self._chance.random() < 0.5:
            # Half an answer, then its end, while the other direction stays open.
            there.sendall(data[: len(data) // 2])
            there.shutdown(socket.SHUT_WR)
            return False
        if not from_bank and self._chance.random() < 0.5:
            # The bank reads the whole request, and its answer is lost.
            there.sendall(data)
            with suppress(OSError):
                here.shutdown(socket.SHUT_RDWR)
            select.select([there], [], [], 1)
        return False
