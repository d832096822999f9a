"""Every process the agent starts, and the one place that collects exit statuses.

The agent may be process 1 and gets every orphan of the sandbox, so somebody must wait for any child. If
`subprocess` also waited for its own, the two would steal statuses from each other: here only `reap` waits.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import uuid

from sandbox_agent import process_tree
from sandbox_agent.init import prepare_for_children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox_agent.settings import Settings

MARK = "SANDBOX_AGENT_CALL"


class Child:
    """A process started here. It leads its own session, and everything below it inherits its mark."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.pid = 0
        self.returncode: int | None = None
        # Becomes readable (hung up) when the process has ended; lets a poll wait for that among other things.
        self.exit_fd, self._exit_writer = os.pipe()
        self._ended = threading.Event()
        self._closing = threading.Lock()

    def wait(self, timeout: float) -> int | None:
        self._ended.wait(timeout)
        return self.returncode

    def interrupt(self) -> None:
        if self.returncode is None:
            _signal(self.pid, signal.SIGINT)

    def kill_tree(self) -> None:
        process_tree.kill(self._is_member)

    def kill_started_since(self, ticks: int) -> None:
        """What the process started from that moment on, itself not included."""
        process_tree.kill(lambda processes: self._started_since(processes, ticks))

    def interrupt_started_since(self, ticks: int) -> None:
        for pid in self._started_since(process_tree.scan(), ticks):
            _signal(pid, signal.SIGINT)

    def _started_since(self, processes: Mapping[int, process_tree.Process], ticks: int) -> set[int]:
        return {pid for pid in self._is_member(processes) if pid != self.pid and processes[pid].started >= ticks}

    def _is_member(self, processes: Mapping[int, process_tree.Process]) -> set[int]:
        # Once it has ended its number may be another's; while anybody is left in its session it cannot.
        number = self.pid if self.returncode is None or self.pid not in processes else -1
        return process_tree.members(processes, number, f"{MARK}={self.mark}")

    def close(self) -> None:
        """Gives up waiting; the exit status is still collected. May be repeated, by any thread."""
        with self._closing:
            descriptor, self.exit_fd = self.exit_fd, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _finish(self, returncode: int) -> None:
        self.returncode = returncode
        self._ended.set()
        os.close(self._exit_writer)


class Processes:
    def __init__(self, settings: Settings, secrets: tuple[str, ...]) -> None:
        self.environment = settings.environment
        self._secrets = secrets
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}
        self._starting = 0
        self._unclaimed: dict[int, int] = {}  # ended before `start` could write the pid down
        self._prepared = False
        self._marks = f"{uuid.uuid4().hex[:12]}."
        self._count = 0

    def start(
        self,
        arguments: Sequence[str],
        *,
        cwd: str,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        stderr: int = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> Child:
        with self._lock:
            if not self._prepared:
                prepare_for_children(self._secrets)
                self._prepared = True
            self._starting += 1
            self._count += 1
            child = Child(f"{self._marks}{self._count}.")  # the last dot: no mark begins with another
        try:
            popen = subprocess.Popen(
                list(arguments),
                cwd=cwd,
                env={**self.environment, **(env or {}), MARK: child.mark},
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        except BaseException:
            with self._lock:
                self._end_start()
            child.close()
            os.close(child._exit_writer)
            raise
        _offer_to_oom_killer(popen.pid)
        with self._lock:
            child.pid = popen.pid
            popen.returncode = 0  # subprocess must never wait for it
            status = self._unclaimed.pop(child.pid, None)
            if status is None:
                self._children[child.pid] = child
            else:
                child._finish(os.waitstatus_to_exitcode(status))
            self._end_start()
        return child

    def _end_start(self) -> None:
        self._starting -= 1
        if not self._starting:
            self._unclaimed.clear()

    def reap(self) -> None:
        """Collects every child that has ended, adopted ones included."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            with self._lock:
                child = self._children.pop(pid, None)
                if child is not None:
                    child._finish(os.waitstatus_to_exitcode(status))
                elif self._starting:
                    self._unclaimed[pid] = status

    def kill_all(self) -> None:
        """Ends whatever the agent started and whatever became its child; for the end of the agent itself."""
        mark = f"{MARK}={self._marks}"
        me = os.getpid()
        process_tree.kill(lambda processes: process_tree.members(processes, me, mark) - {me})
        self.reap()


def _offer_to_oom_killer(pid: int) -> None:
    """Out of memory, a command should go and not the agent, with which the sandbox would end."""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError:  # already gone, another user's, or no /proc
        return


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
