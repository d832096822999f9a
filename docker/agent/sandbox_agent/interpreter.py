"""`run_ipython_cell`: one interpreter for the life of the sandbox, in a child process so that it can be ended."""

from __future__ import annotations

import threading
import time

from sandbox_agent import arguments
from sandbox_agent.errors import ToolFailed
from sandbox_agent.interpreter_process import InterpreterEnded, InterpreterProcess
from sandbox_agent.results import tool_result, with_notice
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

INTERRUPT_GRACE = 1.0  # for the cell alone, then as long for the cell and the processes it started
STATE_LOST = "all names are lost and the next cell starts with a new interpreter"


class Cells:
    """Runs one cell at a time; the others wait, within their own time limits."""

    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self._turn = threading.Lock()
        self._interpreter: InterpreterProcess | None = None

    def run(self, body: Json, caller: Caller) -> dict[str, object]:
        code = arguments.string(body, "code")
        if not code:
            raise ToolFailed("400: Code is required.")
        timeout = arguments.timeout(body, self._settings.call_timeout)
        deadline = time.monotonic() + timeout
        limit = f"the time limit of {timeout:g} s was reached"
        if not self._wait_for_turn(caller, deadline):
            return tool_result("", with_notice("", f"{limit} while another cell was running; nothing was run"))
        try:
            return self._run(code, caller, deadline, limit)
        finally:
            self._turn.release()

    def _wait_for_turn(self, caller: Caller, deadline: float) -> bool:
        while not self._turn.acquire(timeout=max(0, min(0.1, deadline - time.monotonic()))):
            if caller.has_hung_up():
                raise ClientGone
            if time.monotonic() >= deadline:
                return False
        return True

    def _run(self, code: str, caller: Caller, deadline: float, limit: str) -> dict[str, object]:
        notice = ""
        interpreter = self._interpreter
        try:
            if interpreter is None:
                interpreter = self._interpreter = self._start()
            interpreter.begin(code)
            try:
                if not interpreter.wait(deadline, caller):
                    notice = self._end_cell(interpreter, limit)
            except ClientGone:
                self._end_cell(interpreter, "the client hung up")
                raise
        except InterpreterEnded as error:
            notice = f"{error}; {STATE_LOST}"
            self._discard()
        if interpreter is None:
            raise ToolFailed(notice)
        stdout, stderr = interpreter.output()
        return tool_result(stdout, with_notice(stderr, notice) if notice else stderr)

    def _start(self) -> InterpreterProcess:
        try:
            return InterpreterProcess(self._processes, self._settings)
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
