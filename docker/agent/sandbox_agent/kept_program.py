"""A program that runs as long as the screen does: started again, ever later, when it ends."""

from __future__ import annotations

import os
import select
import threading

from sandbox_agent import log
from sandbox_agent.backoff import Backoff
from sandbox_agent.server_log import ServerLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.desktop_config import Program
    from sandbox_agent.processes import Child, Processes
    from sandbox_agent.settings import Settings

BLOCK = 1 << 16
ASK_AGAIN_SECONDS = 0.1


class KeptProgram:
    """`may_start` tells whether what it needs is there; `prepare` comes before each start."""

    def __init__(
        self,
        program: Program,
        processes: Processes,
        settings: Settings,
        may_start: Callable[[], bool] = lambda: True,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = program.name
        self.backoff = Backoff()
        self._program = program
        self._processes = processes
        self._settings = settings
        self._may_start = may_start
        self._prepare = prepare
        self._log = ServerLog(settings.log_dir, program.name, "desktop")
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def cease(self) -> None:
        """Nothing is started after this; what runs is for others to end."""
        with self._lock:
            self._stopped.set()

    def join(self) -> None:
        """After `cease`, once what ran has ended."""
        self._thread.join()
        self._log.close()

    def told(self) -> str:
        """What it said last, or why it could not be started."""
        return self._log.last_lines() or self.backoff.last_failure or "nothing"

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                if self._may_start():
                    self._run_once()
                    self._stopped.wait(self.backoff.seconds_left)
                else:
                    self._stopped.wait(ASK_AGAIN_SECONDS)
        except Exception:  # the top of a thread
            log.failure(self.name)

    def _run_once(self) -> None:
        self._log.begin()
        self.backoff.begun()
        reader, writer = os.pipe()
        try:
            child = self._start(writer)
        except OSError as error:
            os.close(reader)
            self._failed(f"cannot be started: {error}")
            return
        finally:
            os.close(writer)
        if child is None:
            os.close(reader)
            return
        try:
            self._follow(child, reader)
        finally:
            os.close(reader)
            child.kill_tree()  # what it started has nobody to belong to any more
            child.close()
        if not self._stopped.is_set():
            if child.returncode == 0:  # somebody closed it: no reason to wait ever longer
                self.backoff.failures = 0
            self._failed(f"ended with status {child.returncode}")

    def _start(self, output: int) -> Child | None:
        self._prepare()
        for path in self._program.remove:
            if os.path.lexists(path):
                os.unlink(path)
        with self._lock:  # so that stopping cannot pass between the question and the start
            if self._stopped.is_set():
                return None
            return self._processes.start(self._program.command, cwd=self._settings.workspace, stdout=output, stderr=output)

    def _follow(self, child: Child, reader: int) -> None:
        """Keeps what it writes until it has ended."""
        os.set_blocking(reader, False)
        poller = select.poll()
        poller.register(child.exit_fd, select.POLLIN)
        poller.register(reader, select.POLLIN)
        while True:
            ready = dict(poller.poll())
            if reader in ready and not self._keep_output(reader):
                poller.unregister(reader)
            if child.exit_fd in ready:
                return

    def _keep_output(self, reader: int) -> bool:
        try:
            data = os.read(reader, BLOCK)
        except BlockingIOError:
            return True
        self._log.add(data)
        return bool(data)

    def _failed(self, reason: str) -> None:
        self.backoff.failed(reason)
        self._log.event(reason)
        log.warning(f"{self.name} {reason}; started again in {self.backoff.seconds_left:.1f} s")
