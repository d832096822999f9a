"""What a process prints, kept within a bound: the beginning and the end, and how much is missing between them."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.overflow import OverflowFile, OverflowFolder

    Listener = Callable[[bytes], None]

BLOCK = 1 << 16


class BoundedOutput:
    """What is too much for it goes to a file as well, if there is a folder for that; a listener hears everything."""

    def __init__(self, limit: int, folder: OverflowFolder | None = None, listener: Listener | None = None) -> None:
        self.listener = listener
        self._limit = limit
        self._folder = folder
        self._file: OverflowFile | None = None
        self._size = 0
        self._tail_limit = limit // 4
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        if self.listener is not None:
            self.listener(data)
        self._copy(data)
        room = self._limit - self._tail_limit - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._tail_limit + BLOCK:
            self._trim()

    def _copy(self, data: bytes) -> None:
        """To the file, which begins with all that came before it was needed."""
        self._size += len(data)
        if self._size <= self._limit or self._folder is None:
            return
        if self._file is None:
            self._file = self._folder.open()
            if self._file is None:
                self._folder = None
                return
            self._file.write(self.data())
        self._file.write(data)

    def _trim(self) -> None:
        surplus = len(self._tail) - self._tail_limit
        if surplus > 0:
            del self._tail[:surplus]
            self._dropped += surplus

    def clear(self) -> None:
        self.close()
        self._head, self._tail, self._dropped = bytearray(), bytearray(), 0
        self._file, self._size = None, 0

    def close(self) -> None:
        """Nothing more will come."""
        if self._file is not None:
            self._file.close()

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
        kept = f"; {self._file.described(self._size)}" if self._file is not None else ""
        gap = f"\n[... {self._dropped} bytes left out: the limit is {self._limit} bytes{kept} ...]\n"
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
