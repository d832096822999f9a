"""What a process prints, kept within a bound: the beginning and the end, and how much is missing between them."""

from __future__ import annotations

import os

BLOCK = 1 << 16


class BoundedOutput:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tail_limit = limit // 4
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        room = self._limit - self._tail_limit - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._tail_limit + BLOCK:
            self._trim()

    def _trim(self) -> None:
        surplus = len(self._tail) - self._tail_limit
        if surplus > 0:
            del self._tail[:surplus]
            self._dropped += surplus

    def clear(self) -> None:
        self._head, self._tail, self._dropped = bytearray(), bytearray(), 0

    @property
    def is_complete(self) -> bool:
        return len(self._head) + len(self._tail) <= self._limit and not self._dropped

    def data(self) -> bytes:
        """Everything, if nothing was dropped."""
        return bytes(self._head + self._tail)

    def text(self) -> str:
        if self.is_complete:
            return self.data().decode("utf-8", "replace")
        self._trim()
        gap = f"\n[... {self._dropped} bytes left out: the limit is {self._limit} bytes ...]\n"
        return self._head.decode("utf-8", "replace") + gap + self._tail.decode("utf-8", "replace")


def drain(descriptor: int, output: BoundedOutput, most: int = 1 << 20) -> None:
    """What is already waiting in a pipe. Not more than a pipe can hold: its writers may never stop."""
    os.set_blocking(descriptor, False)
    while most > 0:
        try:
            data = os.read(descriptor, BLOCK)
        except BlockingIOError:
            return
        if not data:
            return
        output.add(data)
        most -= len(data)
