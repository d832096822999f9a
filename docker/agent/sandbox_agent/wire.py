"""The byte stream below HTTP: bounded reads with a deadline, and whether the client is still there."""

from __future__ import annotations

import select
import socket
import time


class ClientGone(Exception):
    """The client closed its connection: nobody is left to reply to."""


class ProtocolError(Exception):
    """The client does not speak HTTP as it should; it is told so and the connection ends."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Reader:
    """Buffered reading from a socket. Each read waits `idle` seconds at most, and not beyond `deadline`."""

    def __init__(self, sock: socket.socket, idle: float) -> None:
        self._socket = sock
        self._idle = idle
        self._buffer = bytearray()
        self.deadline: float | None = None

    @property
    def is_empty(self) -> bool:
        return not self._buffer

    def _receive(self, most: int) -> bytes:
        wait = self._idle
        if self.deadline is not None:
            wait = min(wait, self.deadline - time.monotonic())
            if wait <= 0:
                raise socket.timeout("the request did not arrive in time")
        self._socket.settimeout(wait)
        return self._socket.recv(most)

    def wait_for_data(self) -> bool:
        """False if the client closed the connection instead of sending."""
        if not self._buffer:
            self._buffer += self._receive(65536)
        return bool(self._buffer)

    def until(self, mark: bytes, limit: int, status: int) -> bytes | None:
        """What comes before `mark`; None at the end of the stream. Longer than `limit` is a `ProtocolError`."""
        start = 0
        while True:
            found = self._buffer.find(mark, start)
            if (found if found >= 0 else len(self._buffer)) > limit:
                raise ProtocolError(status, "a line or the head of the request is too long")
            if found >= 0:
                data = bytes(self._buffer[:found])
                del self._buffer[: found + len(mark)]
                return data
            start = max(0, len(self._buffer) - len(mark) + 1)
            block = self._receive(65536)
            if not block:
                return None
            self._buffer += block

    def some(self, most: int) -> bytes:
        if self._buffer:
            data = bytes(self._buffer[:most])
            del self._buffer[:most]
            return data
        return self._receive(most)

    def rest(self) -> bytes:
        """What was received and not asked for yet."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data


class Caller:
    """The client of a call that is being carried out: lets the call end when the client hangs up.

    A client that only closes its sending half counts as gone, as it does for nginx: the two look the same
    until we write, which for a silent command may be never.
    """

    EVENTS = select.POLLRDHUP

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def fileno(self) -> int:
        return self._socket.fileno()

    def abort(self) -> None:
        """Ends the connection for whoever reads from it or writes to it, in any thread."""
        self._shut(socket.SHUT_RDWR)

    def stop_receiving(self) -> None:
        """Ends what is being read from it; a reply can still be written."""
        self._shut(socket.SHUT_RD)

    def _shut(self, how: int) -> None:
        try:
            self._socket.shutdown(how)
        except OSError:  # already closed
            return

    def has_hung_up(self) -> bool:
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        """True as soon as the client has hung up."""
        poller = select.poll()
        poller.register(self._socket, self.EVENTS)
        return bool(poller.poll(seconds * 1000))
