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
from sandbox_agent.calls import Cancelled
from sandbox_agent.output import BLOCK, BoundedOutput, drain
from sandbox_agent.process_tree import now_in_ticks
from sandbox_agent.wire import Caller, ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import RunningCall
    from sandbox_agent.live import Live
    from sandbox_agent.overflow import OverflowFolder
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings

# In place of the working directory, whose files could be called like modules that are needed now.
BOOT = "import sys; sys.path[:1] = sys.argv[1:2]; from sandbox_agent.interpreter_child import main; main()"


READY, DONE, SHOW = b"ready", b"done", b"show "
HAND_OVER_TIMEOUT = 10.0  # an interpreter that is ready reads at once
MAX_NOTICE = 1 << 10  # what the interpreter adds when it has shown as much as it may


class InterpreterEnded(Exception):
    """The process is gone, or no longer follows the protocol; the text says how it ended."""


class Cell:
    """What is run, and where: the folder and the variables are for this cell alone."""

    def __init__(self, code: str, env: dict[str, str], cwd: str | None, structured: bool = False) -> None:
        """`structured`: values and exceptions come as Jupyter's outputs and are not printed."""
        request = {"code": code, "env": env, "cwd": cwd, "structured": structured}
        self.request = json.dumps(request).encode() + b"\n"


class InterpreterProcess:
    def __init__(self, processes: Processes, overflow: OverflowFolder, settings: Settings) -> None:
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        ours, theirs = socket.socketpair()
        out_reader, out_writer = os.pipe()
        err_reader, err_writer = os.pipe()
        os.makedirs(settings.workspace, exist_ok=True)
        try:
            self._child = processes.start(
                [settings.python or sys.executable, "-c", BOOT, package, str(theirs.fileno()), str(settings.max_output)],
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
        self._received = bytearray()
        self._searched = 0  # of what was received, and holds no end of a line
        self._max_shown = settings.max_output + MAX_NOTICE
        self._shown: list[Json] = []
        self._shown_size = 0
        self._cell: Cell | None = None  # handed over as soon as the interpreter is ready for it
        self._live: Live | None = None
        self._ready = False
        self._began = 0
        self._lock = threading.Lock()  # for the pipes and what came out of them
        self._stdout = BoundedOutput(settings.max_output, overflow)
        self._stderr = BoundedOutput(settings.max_output, overflow)
        self._open = {out_reader: self._stdout, err_reader: self._stderr}
        threading.Thread(target=self._pump, daemon=True).start()

    def begin(self, cell: Cell, live: Live | None) -> None:
        """Hands a cell over; what was printed since the last one is dropped."""
        self._cell, self._live = cell, live
        if self._ready:
            self._hand_over()

    def wait(self, deadline: float, caller: Caller | None = None, running: RunningCall | None = None) -> bool:
        """Whether the cell has ended; False at the deadline, `Cancelled` when it is cancelled."""
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._child.exit_fd, select.POLLIN)
        if caller is not None:
            poller.register(caller, Caller.EVENTS)
        if running is not None:
            poller.register(running, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            ready = dict(poller.poll(left * 1000))
            if self._channel.fileno() in ready:
                if self._receive():
                    return True
            elif self._child.exit_fd in ready:
                raise self._ended()
            elif running is not None and running.fileno() in ready:
                raise Cancelled
            elif ready:
                raise ClientGone
        return False

    def output(self) -> tuple[str, str]:
        """What the cell and its processes have printed so far."""
        self._drain()
        with self._lock:
            for output in (self._stdout, self._stderr):
                output.listener = None
                output.close()
            return self._stdout.text(), self._stderr.text()

    def shown(self) -> list[Json]:
        """What the cell has shown beside text, as parts of a tool's result."""
        return self._shown

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
        assert self._cell is not None
        self._drain()
        with self._lock:
            self._stdout.clear()
            self._stderr.clear()
            if self._live is not None:
                self._stdout.listener = self._live.listener("stdout")
                self._stderr.listener = self._live.listener("stderr")
        self._shown, self._shown_size = [], 0
        self._began = now_in_ticks()
        self._channel.settimeout(HAND_OVER_TIMEOUT)
        try:
            self._channel.sendall(self._cell.request)
        except OSError:
            raise self._ended() from None
        self._cell = None

    def _receive(self) -> bool:
        """Takes in an answer; True if it says that the cell has ended."""
        try:
            data = self._channel.recv(65536)
        except OSError:
            raise self._ended() from None
        self._received += data
        if not data or len(self._received) > self._max_shown:
            raise self._ended()
        done = False
        while (end := self._received.find(b"\n", self._searched)) >= 0:
            line = bytes(self._received[:end])
            del self._received[: end + 1]
            self._searched = 0
            if line == READY and not self._ready:
                self._ready = True
                if self._cell is not None:
                    self._hand_over()
            elif line.startswith(SHOW):
                self._keep(line[len(SHOW) :])
            elif line == DONE:
                done = True
        self._searched = len(self._received)
        return done

    def _keep(self, part: bytes) -> None:
        """The interpreter keeps to the limit; what runs in it may not."""
        self._shown_size += len(part)
        try:
            shown = json.loads(part)
        except ValueError:
            raise self._ended() from None
        if isinstance(shown, dict) and self._shown_size <= self._max_shown:
            self._shown.append(shown)

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
