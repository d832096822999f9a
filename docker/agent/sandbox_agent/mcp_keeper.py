"""Starts dead MCP servers again when their time has come. There is a thread only while one waits for that."""

from __future__ import annotations

import threading

from sandbox_agent import log
from sandbox_agent.mcp_transport import McpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.mcp_server import McpServer


class Keeper:
    def __init__(self, deadline: Callable[[], float]) -> None:
        self._deadline = deadline
        self._changed = threading.Condition()
        self._dead: set[McpServer] = set()
        self._thread: threading.Thread | None = None

    def revive(self, server: McpServer) -> None:
        with self._changed:
            self._dead.add(server)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while (server := self._next()) is not None:
                try:
                    server.start(self._deadline())
                except McpFailed as error:  # it has a new time by now
                    log.warning(str(error))
        except Exception:  # the top of a thread
            log.failure("restart of MCP servers")
            with self._changed:
                self._thread = None

    def _next(self) -> McpServer | None:
        """The one whose time has come; None, and the end of the thread, when no one waits any more."""
        with self._changed:
            while True:
                self._dead = {server for server in self._dead if not server.is_alive and not server.is_stopped}
                if not self._dead:
                    self._thread = None
                    return None
                first = min(self._dead, key=lambda server: server.backoff.next_try)
                left = first.backoff.seconds_left
                if not left:
                    return first
                self._changed.wait(left)
