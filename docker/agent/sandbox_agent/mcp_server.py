"""One MCP server: JSON-RPC over whatever transport its configuration asks for."""

from __future__ import annotations

import threading
import time

from sandbox_agent import log
from sandbox_agent.backoff import Backoff
from sandbox_agent.mcp_session import CallTimedOut, McpSession
from sandbox_agent.mcp_stdio import StdioTransport
from sandbox_agent.mcp_transport import STREAMABLE, McpFailed, McpTransport
from sandbox_agent.server_log import ServerLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import RunningCall
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

REFRESH_TIMEOUT = 5.0


class OwnServer:
    """In place of a configuration: the agent itself is the server."""

    def __init__(self, make: Callable[[], McpTransport]) -> None:
        self.make = make


class McpServer:
    """Survives its process: a dead one is started again, by the next call or after a while, whichever comes first."""

    def __init__(
        self,
        name: str,
        config: object,
        processes: Processes,
        settings: Settings,
        on_death: Callable[[McpServer], None],
    ) -> None:
        self.name = name
        self.tools: list[Json] = []
        self.log = ServerLog(settings.log_dir, name)
        self.backoff = Backoff()
        self._config = config
        self._processes = processes
        self._settings = settings
        self._on_death = on_death
        self._starting = threading.Lock()
        self._session: McpSession | None = None
        self._starts = 0
        self._stopped = False

    @property
    def is_alive(self) -> bool:
        session = self._session
        return session is not None and session.ended is None

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    def has(self, tool: str) -> bool:
        return any(known.get("name") == tool for known in self.tools)

    def start(self, deadline: float) -> None:
        """Does nothing for one that lives. One that failed before is not tried again too soon."""
        with self._starting:
            if self._stopped:
                raise McpFailed(f"{self.name}: the server was stopped")
            if self.is_alive:
                return
            if self.backoff.failures > 1 and self.backoff.seconds_left > 0:
                raise McpFailed(
                    f"{self.name}: failed {self.backoff.failures} times in a row, the next try is in "
                    f"{self.backoff.seconds_left:.1f} s: {self.backoff.last_failure}"
                )
            self._start(deadline)

    def _start(self, deadline: float) -> None:
        session: McpSession | None = None
        self._starts += 1
        self.backoff.begun()
        try:
            session = McpSession(self.name, self._transport(), self._died)
            session.initialize(deadline)
            self.tools = session.list_tools(deadline)
        except McpFailed as error:
            if session is not None:
                session.close()
            self._note_failure(str(error))
            raise
        self.log.event(f"started, with {len(self.tools)} tools")
        self._session = session
        if session.ended is not None:  # before we could know it as ours
            self._died(session, session.ended)

    def _died(self, session: McpSession, reason: str) -> None:
        if session is self._session and not self._stopped:
            self._note_failure(reason)
            self._on_death(self)

    def _note_failure(self, reason: str) -> None:
        self.backoff.failed(reason)
        self.log.event(f"{reason}; the next try is in {self.backoff.seconds_left:.1f} s at the latest")

    def _transport(self) -> McpTransport:
        config = self._config
        if isinstance(config, OwnServer):
            return config.make()
        if isinstance(config, dict) and isinstance(config.get("command"), str):
            return StdioTransport(self.name, config, self._processes, self._settings, self.log)
        if isinstance(config, dict) and "url" in config:
            from sandbox_agent.mcp_http import http_transport

            return http_transport(self.name, config)
        raise McpFailed(f"{self.name}: the configuration has neither a command nor a url")

    def refresh(self, deadline: float) -> None:
        """Asks for the tools again, of a living server."""
        session = self._session
        if session is None or session.ended is not None:
            self.start(deadline)
        else:
            try:
                self.tools = session.list_tools(min(deadline, time.monotonic() + REFRESH_TIMEOUT))
            except CallTimedOut as error:  # it is busy: what it told before still holds
                log.warning(str(error))

    def call(self, tool: str, values: Json, deadline: float, caller: Caller, running: RunningCall) -> Json:
        self.start(deadline)
        session = self._session
        assert session is not None
        try:
            return session.request("tools/call", {"name": tool, "arguments": values}, deadline, caller, running)
        except McpFailed as error:
            if session.ended is None:
                raise
            raise McpFailed(f"the next call starts the server again: {error}") from error

    def described(self) -> Json:
        kind = "own" if isinstance(self._config, OwnServer) else "stdio"
        if isinstance(self._config, dict) and not isinstance(self._config.get("command"), str):
            kind = "http" if str(self._config.get("type")) in STREAMABLE else "sse"
        alive = self.is_alive
        return {
            "name": self.name,
            "transport": kind,
            "state": "running" if alive else "waiting",
            "tools": len(self.tools),
            "restarts": max(0, self._starts - 1),
            "failures_in_a_row": self.backoff.failures,
            "last_failure": self.backoff.last_failure,
            "next_try_s": None if alive else round(self.backoff.seconds_left, 1),
        }

    def stop(self) -> None:
        self._stopped = True
        with self._starting:
            if self._session is not None:
                self._session.close()
                self._session = None
            self.log.event("stopped")
            self.log.close()
