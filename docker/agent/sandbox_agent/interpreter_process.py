"""The interpreter's process as the agent sees it: a channel for requests, two pipes for output."""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import threading
import time

from sandbox_agent import log
from sandbox_agent.output import BLOCK, BoundedOutput, drain
from sandbox_agent.process_tree import now_in_ticks
from sandbox_agent.wire import Caller, ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings

# In place of the working directory, whose files could be called like modules that are needed now.
BOOT = "import sys; sys.path[:1] = sys.argv[1:2]; from sandbox_agent.interpreter_child import main; main()"


READY, DONE = b"ready", b"done"
HAND_OVER_TIMEOUT = 10.0  # an interpreter that is ready reads at once
MAX_ANSWER = 1 << 20


class InterpreterEnded(Exception):
    """The process is gone, or no longer follows the protocol; the text says how it ended."""


class InterpreterProcess:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        ours, theirs = socket.socketpair()
        out_reader, out_writer = os.pipe()
        err_reader, err_writer = os.pipe()
        os.makedirs(settings.workspace, exist_ok=True)
        try:
            self._child = processes.start(
                [settings.python or sys.executable, "-c", BOOT, package, str(theirs.fileno())],
                cwd=settings.workspace,
                stdout=out_writer,
                stderr=err_writer,
                pass_fds=[theirs.fileno()],
            )
        except BaseException:
            ours.close()
            os.close(out_reader)
            os.close(err_reader)
            raise
        finally:
            theirs.close()
            os.close(out_writer)
            os.close(err_writer)
        self._channel = ours
        self._received = b""
        self._request: bytes | None = None  # handed over as soon as the interpreter is ready for it
        self._ready = False
        self._began = 0
        self._lock = threading.Lock()  # for the pipes and what came out of them
        self._open = {out_reader: BoundedOutput(settings.max_output), err_reader: BoundedOutput(settings.max_output)}
        self._stdout, self._stderr = self._open.values()
        threading.Thread(target=self._pump, daemon=True).start()

    def begin(self, code: str) -> None:
        """Hands a cell over; what was printed since the last one is dropped."""
        self._request = json.dumps({"code": code}).encode() + b"\n"
        if self._ready:
            self._hand_over()

    def wait(self, deadline: float, caller: Caller | None = None) -> bool:
        """Whether the cell has ended; False at the deadline."""
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._child.exit_fd, select.POLLIN)
        if caller is not None:
            poller.register(caller, Caller.EVENTS)
        while (left := deadline - time.monotonic()) > 0:
            ready = dict(poller.poll(left * 1000))
            if self._channel.fileno() in ready:
                if self._receive():
                    return True
            elif self._child.exit_fd in ready:
                raise self._ended()
            elif ready:
                raise ClientGone
        return False

    def output(self) -> tuple[str, str]:
        """What the cell and its processes have printed so far."""
        self._drain()
        with self._lock:
            return self._stdout.text(), self._stderr.text()

    def interrupt(self) -> None:
        self._child.interrupt()

    def interrupt_its_processes(self) -> None:
        self._child.interrupt_started_since(self._began)

    def kill_its_processes(self) -> None:
        self._child.kill_started_since(self._began)

    def kill(self) -> None:
        self._child.kill_tree()
        self._child.wait(1)
        self._child.close()
        self._channel.close()

    def _hand_over(self) -> None:
        assert self._request is not None
        self._drain()
        with self._lock:
            self._stdout.clear()
            self._stderr.clear()
        self._began = now_in_ticks()
        self._channel.settimeout(HAND_OVER_TIMEOUT)
        try:
            self._channel.sendall(self._request)
        except OSError:
            raise self._ended() from None
        self._request = None

    def _receive(self) -> bool:
        """Takes in an answer; True if it says that the cell has ended."""
        try:
            data = self._channel.recv(65536)
        except OSError:
            raise self._ended() from None
        self._received += data
        if not data or len(self._received) > MAX_ANSWER:
            raise self._ended()
        done = False
        while b"\n" in self._received:
            line, _, self._received = self._received.partition(b"\n")
            if line == READY and not self._ready:
                self._ready = True
                if self._request is not None:
                    self._hand_over()
            elif line == DONE:
                done = True
        return done

    def _ended(self) -> InterpreterEnded:
        returncode = self._child.wait(0.5)
        if returncode is None:
            return InterpreterEnded("the interpreter closed its channel to the agent")
        if returncode < 0:
            return InterpreterEnded(f"the interpreter was ended by signal {-returncode}")
        return InterpreterEnded(f"the interpreter ended with exit status {returncode}")

    def _drain(self) -> None:
        with self._lock:
            for descriptor, output in self._open.items():
                drain(descriptor, output)

    def _pump(self) -> None:
        """Keeps both pipes empty, between cells too: a server started by a cell must not block on its log."""
        try:
            poller = select.poll()
            for descriptor in self._open:
                os.set_blocking(descriptor, False)
                poller.register(descriptor, select.POLLIN)
            while self._open:
                for descriptor, _ in poller.poll():
                    if not self._take(descriptor):
                        poller.unregister(descriptor)
        except Exception:  # the top of a thread
            log.failure("output of the interpreter")

    def _take(self, descriptor: int) -> bool:
        """False at the end of a pipe."""
        with self._lock:
            try:
                data = os.read(descriptor, BLOCK)
            except BlockingIOError:  # the cell's own thread was faster
                return True
            if data:
                self._open[descriptor].add(data)
                return True
            del self._open[descriptor]
            os.close(descriptor)
            return False
