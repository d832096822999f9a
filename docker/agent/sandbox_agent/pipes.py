"""Named pipes in the workspace: read while they are written, written while they are read."""

from __future__ import annotations

import errno
import os
import select
import time

from sandbox_agent.errors import Conflict
from sandbox_agent.wire import Caller, ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox_agent.confined import Place
    from sandbox_agent.connection import Request

BLOCK = 1 << 20


class PipePieces:
    """What comes out of a pipe, until its last writer closes it.

    Opened without blocking, a pipe without a writer looks like one at its end; only a hang-up after a writer
    tells them apart, so a poll comes before each read.
    """

    def __init__(self, descriptor: int, caller: Caller, stall: float) -> None:
        self._descriptor = descriptor
        self._stall = stall
        self._poller = select.poll()
        self._poller.register(descriptor, select.POLLIN)
        self._poller.register(caller, Caller.EVENTS)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        end = time.monotonic() + self._stall
        while (left := end - time.monotonic()) > 0:
            ready = dict(self._poller.poll(left * 1000))
            if self._descriptor in ready:
                try:
                    data = os.read(self._descriptor, BLOCK)
                except BlockingIOError:  # another reader was faster
                    continue
                if data:
                    return data
                raise StopIteration
            if ready:
                raise ClientGone
        raise ClientGone  # a silent writer: the broken connection tells that the end is missing

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def write_pipe(place: Place, request: Request, stall: float) -> None:
    descriptor = _open_for_writing(place, request.caller, stall)
    try:
        while data := request.body.read(BLOCK):
            _write(descriptor, data, request.caller, stall)
    except BrokenPipeError:
        raise Conflict("the reader closed the pipe") from None
    finally:
        os.close(descriptor)


def _open_for_writing(place: Place, caller: Caller, stall: float) -> int:
    end = time.monotonic() + stall
    while True:
        try:
            return place.open(os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        if time.monotonic() > end:
            raise Conflict("nobody reads the pipe")
        if caller.wait(0.05):
            raise ClientGone


def _write(descriptor: int, data: bytes, caller: Caller, stall: float) -> None:
    poller = select.poll()
    poller.register(descriptor, select.POLLOUT)
    poller.register(caller, Caller.EVENTS)
    view = memoryview(data)
    while view:
        ready = dict(poller.poll(stall * 1000))
        if descriptor not in ready:
            if ready:
                raise ClientGone
            raise Conflict("the reader of the pipe has stopped reading")
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            continue
