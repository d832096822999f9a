"""`run_ipython_cell`: one interpreter for the life of the sandbox, in a child process so that it can be ended."""

from __future__ import annotations

import threading
import time

from sandbox_agent import arguments
from sandbox_agent.calls import Cancelled
from sandbox_agent.errors import ToolFailed
from sandbox_agent.interpreter_process import Cell, InterpreterEnded, InterpreterProcess
from sandbox_agent.results import tool_result, with_notice
from sandbox_agent.shell import working_directory
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import Calls, RunningCall
    from sandbox_agent.live import Live
    from sandbox_agent.overflow import OverflowFolder
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

INTERRUPT_GRACE = 1.0  # for the cell alone, then as long for the cell and the processes it started
CANCELLED = "the call was cancelled"
STATE_LOST = "all names are lost and the next cell starts with a new interpreter"


class Cells:
    """Runs one cell at a time; the others wait, within their own time limits."""

    def __init__(self, processes: Processes, calls: Calls, overflow: OverflowFolder, settings: Settings) -> None:
        self._processes = processes
        self._calls = calls
        self._overflow = overflow
        self._settings = settings
        self._turn = threading.Lock()
        self._interpreter: InterpreterProcess | None = None

    @property
    def is_busy(self) -> bool:
        return self._turn.locked()

    def prepare(self, body: Json, caller: Caller, structured: bool = False) -> Callable[[Live | None], Json]:
        """Checks the arguments; what is returned runs the cell."""
        code = arguments.string(body, "code")
        if not code:
            raise ToolFailed("400: Code is required.")
        timeout = arguments.timeout(body, self._settings.call_timeout)
        cwd = working_directory(body, self._settings.workspace) if body.get("cwd") is not None else None
        cell = Cell(code, arguments.environment(body, "env"), cwd, structured)

        def run(live: Live | None) -> Json:
            with self._calls.begin(body, "run_ipython_cell", code) as running:
                if live is not None:
                    live.begin(running)
                return self._run_in_turn(cell, timeout, caller, running, live)

        return run

    def restart(self) -> None:
        """Ends the interpreter and with it all names; the next cell starts a new one."""
        with self._turn:
            self._discard()

    def _run_in_turn(
        self, cell: Cell, timeout: float, caller: Caller, running: RunningCall, live: Live | None
    ) -> Json:
        deadline = time.monotonic() + timeout
        limit = f"the time limit of {timeout:g} s was reached"
        if not self._wait_for_turn(caller, running, deadline):
            reason = CANCELLED if running.cancelled else limit
            return tool_result("", with_notice("", f"{reason} while another cell was running; nothing was run"))
        try:
            return self._run(cell, caller, deadline, limit, running, live)
        finally:
            self._turn.release()

    def _wait_for_turn(self, caller: Caller, running: RunningCall, deadline: float) -> bool:
        while not self._turn.acquire(timeout=max(0, min(0.1, deadline - time.monotonic()))):
            if caller.has_hung_up():
                raise ClientGone
            if running.cancelled or time.monotonic() >= deadline:
                return False
        return True

    def _run(
        self, cell: Cell, caller: Caller, deadline: float, limit: str, running: RunningCall, live: Live | None
    ) -> Json:
        notice = ""
        interpreter = self._interpreter
        try:
            if interpreter is None:
                interpreter = self._interpreter = self._start()
            interpreter.begin(cell, live)
            try:
                if not interpreter.wait(deadline, caller, running):
                    notice = self._end_cell(interpreter, limit)
            except Cancelled:
                notice = self._end_cell(interpreter, CANCELLED)
            except ClientGone:
                self._end_cell(interpreter, "the client hung up")
                raise
        except InterpreterEnded as error:
            notice = f"{error}; {STATE_LOST}"
            self._discard()
        if interpreter is None:
            raise ToolFailed(notice)
        stdout, stderr = interpreter.output()
        return tool_result(stdout, with_notice(stderr, notice) if notice else stderr, shown=interpreter.shown())

    def _start(self) -> InterpreterProcess:
        try:
            return InterpreterProcess(self._processes, self._overflow, self._settings)
        except OSError as error:
            raise ToolFailed(f"the interpreter could not be started: {error}") from error

    def _end_cell(self, interpreter: InterpreterProcess, reason: str) -> str:
        """Stops the running cell, gently if it lets itself be stopped, and tells how that went."""
        try:
            interpreter.interrupt()
            if not interpreter.wait(time.monotonic() + INTERRUPT_GRACE):
                interpreter.interrupt_its_processes()
                if not interpreter.wait(time.monotonic() + INTERRUPT_GRACE):
                    self._discard()
                    return f"{reason}; the cell could not be interrupted and was killed: {STATE_LOST}"
        except InterpreterEnded as error:
            self._discard()
            return f"{reason}; {error}: {STATE_LOST}"
        interpreter.kill_its_processes()
        return f"{reason}; the cell was interrupted, names are kept"

    def _discard(self) -> None:
        if self._interpreter is not None:
            self._interpreter.kill()
            self._interpreter = None
