"""A pseudo-terminal, seen from the side where somebody would sit."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import threading
import time

from sandbox_agent.errors import Conflict

WRITE_TIMEOUT = 10.0  # for a program that does not read what is typed
# The program opens the terminal itself, as the leader of its session: so it becomes the one that controls it.
ATTACH = 'exec 0<>"$1" 1>&0 2>&0; shift; exec "$@"'


class Terminal:
    environment = {"TERM": "xterm-256color"}

    def __init__(self, rows: int, columns: int) -> None:
        self.reader, self.program_side = os.openpty()
        self.standard_input = self.program_side
        os.set_blocking(self.reader, False)
        self._closing = threading.Lock()
        self.resize(rows, columns)

    def attached(self, arguments: list[str]) -> list[str]:
        """The command line that runs another one in this terminal."""
        return ["/bin/sh", "-c", ATTACH, "sh", os.ttyname(self.program_side), *arguments]

    def release(self) -> None:
        """The program has it: our copy would hide its end."""
        os.close(self.program_side)

    def resize(self, rows: int, columns: int) -> None:
        with self._open() as descriptor:
            fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def write(self, data: bytes) -> None:
        end = time.monotonic() + WRITE_TIMEOUT
        view = memoryview(data)
        while view:
            with self._open() as descriptor:
                try:
                    view = view[os.write(descriptor, view) :]
                    continue
                except BlockingIOError:
                    poller = select.poll()
                    poller.register(descriptor, select.POLLOUT)
                except OSError:
                    raise Conflict("nobody uses the terminal any more") from None
                poller.poll(100)
            if time.monotonic() > end:
                raise Conflict("the program in the terminal does not read its input")

    def close(self) -> None:
        with self._closing:
            descriptor, self.reader = self.reader, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _open(self) -> _Use:
        return _Use(self)


class _Use:
    """Keeps the descriptor from being closed, and its number from becoming another file's, while it is used."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __enter__(self) -> int:
        self._terminal._closing.acquire()
        if self._terminal.reader < 0:
            self._terminal._closing.release()
            raise Conflict("the command has ended")
        return self._terminal.reader

    def __exit__(self, *_: object) -> None:
        self._terminal._closing.release()
