"""Between a WebSocket and the bytes of a TCP service: what a connection becomes that watches the screen."""

from __future__ import annotations

import select
import socket
import time

from sandbox_agent.websocket import (
    BINARY, BROKEN, CLOSE, GOING_AWAY, NORMAL, PING, PONG, TEXT, UNSUPPORTED, Frames, Violation, close_frame, frame,
)  # fmt: skip

BLOCK = 64 << 10
PING_SECONDS = 30.0
GONE_SECONDS = 90.0  # without a sign of life
FAREWELL_SECONDS = 2.0


class Relay:
    """Nothing more is read from a side while the other has not taken what was read last."""

    def __init__(self, client: socket.socket, early: bytes, service: socket.socket) -> None:
        self._client = client
        self._service = service
        self._frames = Frames()
        self._early = early
        self._to_client = bytearray()
        self._to_service = bytearray()
        self._closing = False  # a close frame is among what goes to the client
        self._peer_closed = False
        self._heard = self._pinged = time.monotonic()

    def run(self) -> None:
        """Until one side ends; then both are told."""
        self._client.setblocking(False)
        self._service.setblocking(False)
        try:
            if self._early:
                self._receive(self._early)
            while not self._closing and self._step():
                pass
            self._part()
        except OSError:  # one side broke off; the caller closes both
            return

    def _step(self) -> bool:
        """False when the client gave no sign of life for too long."""
        poller = select.poll()
        _register(poller, self._client, not self._to_service, bool(self._to_client))
        _register(poller, self._service, not self._to_client, bool(self._to_service))
        now = time.monotonic()
        ready = dict(poller.poll(max(0.0, self._pinged + PING_SECONDS - now) * 1000))
        if ready.get(self._client.fileno(), 0) & ~select.POLLOUT:
            self._read_client()
        if self._service.fileno() in ready:
            self._serve(ready[self._service.fileno()])
        self._flush()
        return self._is_alive()

    def _is_alive(self) -> bool:
        now = time.monotonic()
        if now - self._heard > GONE_SECONDS:
            return False
        if now - self._pinged >= PING_SECONDS:
            self._pinged = now
            if not self._closing:
                self._to_client += frame(PING)
                self._flush()
        return True

    def _read_client(self) -> None:
        try:
            data = self._client.recv(BLOCK)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionResetError("the client left without a word")
        self._heard = time.monotonic()
        self._receive(data)

    def _receive(self, data: bytes) -> None:
        try:
            for opcode, payload in self._frames.feed(data):
                self._take(opcode, payload)
                if self._closing:
                    return
        except Violation as violation:
            self._say_goodbye(violation.code, str(violation))

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == BINARY:
            self._to_service += payload
        elif opcode == TEXT:
            raise Violation(UNSUPPORTED, "binary messages only")
        elif opcode == PING:
            self._to_client += frame(PONG, payload)
        elif opcode == CLOSE:
            self._peer_closed = True
            if len(payload) == 1:
                raise Violation(BROKEN, "a close frame with half a code")
            self._say_goodbye(int.from_bytes(payload[:2], "big") if payload else NORMAL)

    def _say_goodbye(self, code: int, reason: str = "") -> None:
        if not self._closing:
            self._closing = True
            self._to_client += close_frame(code, reason)

    def _serve(self, events: int) -> None:
        if events & ~select.POLLOUT and not self._to_client:
            try:
                data = self._service.recv(BLOCK)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._to_client += frame(BINARY, data)
            else:
                self._say_goodbye(GOING_AWAY, "the screen ended the connection")

    def _flush(self) -> None:
        _send(self._client, self._to_client)
        try:
            _send(self._service, self._to_service)
        except OSError:
            self._say_goodbye(GOING_AWAY, "the screen ended the connection")

    def _part(self) -> None:
        """Gives what is left to both, and the client a moment to answer the close frame."""
        end = time.monotonic() + FAREWELL_SECONDS
        while (left := end - time.monotonic()) > 0 and (self._to_client or not self._peer_closed):
            poller = select.poll()
            poller.register(self._client, select.POLLIN | (select.POLLOUT if self._to_client else 0))
            for _, events in poller.poll(left * 1000):
                if events & ~select.POLLOUT and self._is_farewell():
                    return
            _send(self._client, self._to_client)

    def _is_farewell(self) -> bool:
        try:
            data = self._client.recv(BLOCK)
        except BlockingIOError:
            return False
        if not data:
            return True
        try:
            self._peer_closed = self._peer_closed or any(opcode == CLOSE for opcode, _ in self._frames.feed(data))
        except Violation:
            return True
        return self._peer_closed and not self._to_client


def _register(poller: select.poll, sock: socket.socket, reads: bool, writes: bool) -> None:
    """Not at all if neither: a side that hung up would be reported again and again."""
    if reads or writes:
        poller.register(sock, (select.POLLIN if reads else 0) | (select.POLLOUT if writes else 0))


def _send(sock: socket.socket, pending: bytearray) -> None:
    try:
        while pending:
            del pending[: sock.send(pending)]
    except BlockingIOError:
        return
