"""One command in the background, and the last megabyte of what it printed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
import uuid

from sandbox_agent import log
from sandbox_agent.errors import Conflict
from sandbox_agent.output import BLOCK
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Child
    from sandbox_agent.terminal import Terminal
    from sandbox_agent.wire import Caller

KEPT = 1 << 20
HANG_UP_CHECK = 0.25
MAX_SUMMARY = 200


class Piece:
    """Bytes of the output from `offset` up to `end`; `missed` were asked for and are kept no longer."""

    def __init__(self, data: bytes, offset: int, missed: int) -> None:
        self.data = data
        self.offset = offset
        self.end = offset + len(data)
        self.missed = missed


class Pipe:
    """Where a command without a terminal prints, standard error included."""

    environment: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.reader, self.program_side = os.pipe()
        self.standard_input = subprocess.DEVNULL
        os.set_blocking(self.reader, False)

    def attached(self, arguments: list[str]) -> list[str]:
        return arguments

    def release(self) -> None:
        """The program has it: our copy would hide its end."""
        os.close(self.program_side)

    def close(self) -> None:
        os.close(self.reader)


class BackgroundCommand:
    def __init__(self, command: str, child: Child, channel: Pipe | Terminal, timeout: float | None) -> None:
        self.id = uuid.uuid4().hex[:12]
        self._command = command
        self._child = child
        self._channel = channel
        self._reader = channel.reader
        self._started = time.time()
        self._ended: float | None = None
        self._timed_out = False
        self._changed = threading.Condition()
        self._kept = bytearray()
        self._start = 0  # offset of the first byte that is kept
        deadline = None if timeout is None else time.monotonic() + timeout
        threading.Thread(target=self._collect, args=(deadline,), daemon=True).start()

    @property
    def has_ended(self) -> bool:
        return self._child.returncode is not None

    @property
    def screen(self) -> Terminal:
        if isinstance(self._channel, Pipe):
            raise Conflict("the command has no terminal: start it with one")
        return self._channel

    def described(self) -> Json:
        with self._changed:
            ended = self._ended
            return {
                "id": self.id,
                "command": self._command[:MAX_SUMMARY],
                "pid": self._child.pid,
                "terminal": not isinstance(self._channel, Pipe),
                "state": "ended" if self.has_ended else "running",
                "returncode": self._child.returncode,
                "timed_out": self._timed_out,
                "started_ms": int(self._started * 1000),
                "ended_ms": None if ended is None else int(ended * 1000),
                "output_start": self._start,
                "output_end": self._start + len(self._kept),
            }

    def read(self, offset: int, most: int, wait: float, caller: Caller, whole_characters: bool) -> Piece:
        end = time.monotonic() + wait
        with self._changed:
            while not (piece := self._piece(offset, most, whole_characters)).data and not self.has_ended:
                left = end - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(min(left, HANG_UP_CHECK))
                if caller.has_hung_up():
                    raise ClientGone
            return piece

    def _piece(self, offset: int, most: int, whole_characters: bool) -> Piece:
        start = max(offset, self._start)
        position = start - self._start
        data = bytes(self._kept[position : position + most])
        if whole_characters and not (self.has_ended and position + len(data) == len(self._kept)):
            data = data[: len(data) - _incomplete(data)]
        return Piece(data, start, max(0, self._start - offset))

    def signal(self, number: signal.Signals) -> None:
        if number == signal.SIGKILL:
            self._child.kill_tree()
            self._child.wait(1)
        elif not self.has_ended:
            try:
                os.killpg(self._child.pid, number)
            except (ProcessLookupError, PermissionError):
                return

    def forget(self) -> None:
        """Nobody will ask for it any more."""
        with self._changed:
            self._kept.clear()

    def _collect(self, deadline: float | None) -> None:
        try:
            self._pump(deadline)
        except Exception:  # the top of a thread
            log.failure(f"output of command {self.id}")
        finally:
            self._channel.close()
            self._child.close()

    def _pump(self, deadline: float | None) -> None:
        """Until nobody holds the output open any more. What the command left behind may print after its end."""
        poller = select.poll()
        poller.register(self._reader, select.POLLIN)
        poller.register(self._child.exit_fd, select.POLLIN)
        while True:
            left = None if deadline is None or self.has_ended else max(0.0, deadline - time.monotonic())
            events = dict(poller.poll(None if left is None else left * 1000))
            if not events and deadline is not None:
                self._timed_out = True
                deadline = None
                self._child.kill_tree()
            if self._child.exit_fd in events:
                poller.unregister(self._child.exit_fd)
                self._child.wait(1)
                with self._changed:
                    self._ended = time.time()
                    self._changed.notify_all()
            if self._reader in events and not self._take():
                self._child.wait(1)
                break
        with self._changed:
            self._ended = self._ended or time.time()
            self._changed.notify_all()

    def _take(self) -> bool:
        """False at the end of the output."""
        try:
            data = os.read(self._reader, BLOCK)
        except BlockingIOError:
            return True
        except OSError:  # how a terminal tells that nobody has it open
            return False
        with self._changed:
            self._kept += data
            surplus = len(self._kept) - KEPT
            if surplus > 0:
                del self._kept[:surplus]
                self._start += surplus
            self._changed.notify_all()
        return bool(data)


def _incomplete(data: bytes) -> int:
    """How many bytes at the end are the beginning of a character."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte & 0xC0 == 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < length else 0
        if byte < 0x80:
            return 0
    return 0
