"""Bytes both ways between two sockets, until both ways have ended: what a connection becomes after an upgrade."""

from __future__ import annotations

import select
import socket

BLOCK = 64 << 10
HALF_CLOSED_IDLE = 60.0  # seconds without a byte, once one way has ended: nobody may be left to end the other


class _Way:
    """One direction. Nothing is read before what was read last has been passed on."""

    def __init__(self, source: socket.socket, sink: socket.socket, first: bytes) -> None:
        self.source = source
        self.sink = sink
        self._pending = memoryview(first)
        self._source_ended = False
        self.ended = False

    @property
    def wants_to_read(self) -> bool:
        return not self._pending and not self._source_ended

    @property
    def wants_to_write(self) -> bool:
        return bool(self._pending)

    def read(self) -> None:
        try:
            data = self.source.recv(BLOCK)
        except BlockingIOError:
            return
        self._pending = memoryview(data)
        self._source_ended = not data
        self.write()

    def write(self) -> None:
        try:
            while self._pending:
                self._pending = self._pending[self.sink.send(self._pending) :]
        except BlockingIOError:
            return
        if self._source_ended and not self.ended:
            self.ended = True
            self.sink.shutdown(socket.SHUT_WR)


def join(client: socket.socket, early: bytes, service: socket.socket, first: bytes) -> None:
    """`early` and `first` are what either side sent already. The end of one way leaves the other one open."""
    ways = (_Way(client, service, early), _Way(service, client, first))
    client.setblocking(False)
    service.setblocking(False)
    try:
        for way in ways:
            way.write()
        while not all(way.ended for way in ways) and _step(ways):
            pass
    except OSError:  # one side broke off; closing both tells the other
        return


def _step(ways: tuple[_Way, _Way]) -> bool:
    """Waits for something and does it; False when nothing came for too long."""
    wanted: dict[int, int] = {}
    for way in ways:
        if way.wants_to_read:
            wanted[way.source.fileno()] = wanted.get(way.source.fileno(), 0) | select.POLLIN
        if way.wants_to_write:
            wanted[way.sink.fileno()] = wanted.get(way.sink.fileno(), 0) | select.POLLOUT
    poller = select.poll()
    for descriptor, events in wanted.items():
        poller.register(descriptor, events)
    patience = HALF_CLOSED_IDLE * 1000 if any(way.ended for way in ways) else None
    ready = dict(poller.poll(patience))
    for way in ways:
        if way.wants_to_write and way.sink.fileno() in ready:
            way.write()
        elif way.wants_to_read and way.source.fileno() in ready:
            way.read()
    return bool(ready)
