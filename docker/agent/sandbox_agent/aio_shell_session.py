"""A shell that lives from command to command, in a terminal: its folder, variables and functions stay."""

from __future__ import annotations

import os
import select
import termios
import threading
import time
import uuid

from sandbox_agent import log
from sandbox_agent.aio_errors import AioFailed
from sandbox_agent.output import BLOCK, BoundedOutput
from sandbox_agent.process_tree import now_in_ticks
from sandbox_agent.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.output import Listener
    from sandbox_agent.processes import Processes

KEPT = 1 << 20
GRACE = 2.0  # for the shell to tell that a command that was killed has ended
RUNNING, COMPLETED, TERMINATED = "running", "completed", "terminated"
NO_CHANGE, HARD = "no_change_timeout", "hard_timeout"

# Commands come by a pipe and their ends are told by a mark in the output: so nothing of a command is lost or mixed up.
LOOP = """
exec {commands}<&{reader} {screen}>&1 {reader}<&-
trap : INT
__sandbox_is() {{ return "$1"; }}
__sandbox_status=0
while IFS= read -r -d '' -u {commands} __sandbox_command; do
  __sandbox_is "$__sandbox_status"
  eval "$__sandbox_command" {commands}<&- {screen}>&-
  __sandbox_status=$?
  printf '\\033]{mark};%s;%s\\007' "$__sandbox_status" "$PWD" >&{screen}
done
"""


class ShellCommand:
    """One command; what is changed is changed under the lock of its session."""

    def __init__(self, text: str, ps1: str, listener: Listener | None) -> None:
        self.text = text
        self.ps1 = ps1
        self.status = RUNNING
        self.exit_code: int | None = None
        self.output = BoundedOutput(KEPT, None, listener)
        self.changed_at = time.monotonic()
        self.began = now_in_ticks()
        self.timer: threading.Timer | None = None
        self.fate: str | None = None  # what it ends as, once it is being killed

    @property
    def is_running(self) -> bool:
        return self.status == RUNNING


class ShellSession:
    def __init__(self, processes: Processes, cwd: str) -> None:
        self.changed = threading.Condition()
        self.cwd = cwd
        self.ended = False
        self.current: ShellCommand | None = None
        self._mark = uuid.uuid4().hex
        self._carry = b""
        self._writing = threading.Lock()  # the descriptor is not closed meanwhile
        reader, self._commands = os.pipe()
        self.terminal = Terminal(24, 200)
        try:
            attributes = termios.tcgetattr(self.terminal.program_side)
            attributes[1] &= ~termios.OPOST  # lines end as programs write them
            termios.tcsetattr(self.terminal.program_side, termios.TCSANOW, attributes)
            self._child = processes.start(
                self.terminal.attached(["bash", "--noprofile", "--norc", "-c", _loop(reader, self._mark), "bash"]),
                cwd=cwd,
                env={"TERM": "dumb"},
                stdin=self.terminal.standard_input,
                stdout=self.terminal.program_side,
                stderr=self.terminal.program_side,
                pass_fds=[reader],
            )
        except BaseException:
            os.close(self._commands)
            self.terminal.close()
            raise
        finally:
            os.close(reader)
            self.terminal.release()
        threading.Thread(target=self._collect, daemon=True).start()

    def begin(self, command: ShellCommand, script: str, hard_timeout: float | None) -> None:
        with self.changed:
            if self.ended:
                raise AioFailed("the shell has ended", "call again: a new one is started")
            self.current = command
        self._hand_over(script.encode("utf-8") + b"\0")
        if hard_timeout is not None:
            command.timer = threading.Timer(hard_timeout, self.kill, (command, HARD))
            command.timer.daemon = True
            command.timer.start()

    def _hand_over(self, script: bytes) -> None:
        """What the shell does not take any more has ended with it."""
        data = memoryview(script)
        with self._writing:
            try:
                while data and not self.ended:
                    data = data[os.write(self._commands, data) :]
            except BrokenPipeError:
                return

    def kill(self, command: ShellCommand, fate: str) -> None:
        """Ends a command and leaves the shell, or ends both if it does not let go of it."""
        with self.changed:
            if not command.is_running:
                return
            command.fate = command.fate or fate
        self._child.kill_started_since(command.began)
        with self.changed:
            if self.changed.wait_for(lambda: not command.is_running, GRACE):
                return
        self.close()

    def close(self) -> None:
        self._child.kill_tree()
        self._child.wait(1)

    def _collect(self) -> None:
        try:
            self._pump()
        except Exception:  # the top of a thread
            log.failure("output of a shell session")
        finally:
            self._child.wait(1)
            with self.changed:
                self.ended = True
                command = self.current
                if command is not None and command.is_running:
                    command.output.add(self._carry)
                    self._end(command, self._child.returncode)
                self.changed.notify_all()
            with self._writing:
                os.close(self._commands)
            self.terminal.close()
            self._child.close()

    def _pump(self) -> None:
        poller = select.poll()
        poller.register(self.terminal.reader, select.POLLIN)
        poller.register(self._child.exit_fd, select.POLLIN)
        while True:
            events = dict(poller.poll())
            if self.terminal.reader in events:
                if not self._take():
                    break
            elif events:  # the shell is gone, and what it printed is read
                break

    def _take(self) -> bool:
        try:
            data = os.read(self.terminal.reader, BLOCK)
        except BlockingIOError:
            return True
        except OSError:  # how a terminal tells that nobody has it open
            return False
        if not data:
            return False
        start = f"\033]{self._mark};".encode("ascii")
        self._carry += data
        with self.changed:
            while (found := self._carry.find(start)) >= 0 and (end := self._carry.find(b"\a", found)) >= 0:
                status, _, folder = self._carry[found + len(start) : end].partition(b";")
                self._print(self._carry[:found])
                self._carry = self._carry[end + 1 :]
                self.cwd = os.fsdecode(folder)
                if self.current is not None and self.current.is_running:
                    self._end(self.current, int(status))
            sure = found if found >= 0 else _without_beginning_of(start, self._carry)
            self._print(self._carry[:sure])
            self._carry = self._carry[sure:]
            self.changed.notify_all()
        return True

    def _print(self, data: bytes) -> None:
        """What comes between two commands was printed in the background, and is dropped."""
        command = self.current
        if data and command is not None and command.is_running:
            command.output.add(data)
            command.changed_at = time.monotonic()

    def _end(self, command: ShellCommand, exit_code: int | None) -> None:
        command.exit_code = exit_code
        command.status = command.fate or COMPLETED
        command.output.close()
        if command.timer is not None:
            command.timer.cancel()


def _loop(reader: int, mark: str) -> str:
    """With descriptors of its own, high enough for commands to use the low ones."""
    commands, screen = [number for number in (61, 63, 65) if number != reader][:2]
    return LOOP.format(reader=reader, commands=commands, screen=screen, mark=mark)


def _without_beginning_of(mark: bytes, data: bytes) -> int:
    """How much of the data is surely not the beginning of the mark."""
    for length in range(min(len(mark) - 1, len(data)), 0, -1):
        if data.endswith(mark[:length]):
            return len(data) - length
    return len(data)
