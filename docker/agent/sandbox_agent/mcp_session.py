"""A conversation with an MCP server: JSON-RPC over a transport, many requests at once."""

from __future__ import annotations

import threading
import time

from sandbox_agent import log
from sandbox_agent.calls import Cancelled
from sandbox_agent.mcp_transport import McpFailed, McpTransport
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import RunningCall
    from sandbox_agent.wire import Caller

PROTOCOL = "2025-06-18"
MAX_PAGES = 1000
HANG_UP_CHECK = 0.25


class CallTimedOut(McpFailed):
    pass


class _Answer:
    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.message: Json | None = None


class McpSession:
    """Requests and their answers, many at once."""

    def __init__(self, name: str, transport: McpTransport, on_end: Callable[[McpSession, str], None]) -> None:
        self.ended: str | None = None  # why, once it has
        self._name = name
        self._transport = transport
        self._on_end = on_end
        self._lock = threading.Lock()
        self._waiting: dict[int, _Answer] = {}
        self._count = 0
        transport.start(self._receive, self._end)

    def initialize(self, deadline: float) -> None:
        client = {"name": "sandbox-agent", "version": "1"}
        self.request("initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client}, deadline)
        self._transport.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def list_tools(self, deadline: float) -> list[Json]:
        tools: list[Json] = []
        params: Json = {}
        for _ in range(MAX_PAGES):
            page = self.request("tools/list", params, deadline)
            found = page.get("tools")
            if isinstance(found, list):
                tools += [tool for tool in found if isinstance(tool, dict)]
            if not page.get("nextCursor"):
                return tools
            params = {"cursor": page["nextCursor"]}
        raise McpFailed(f"{self._name}: more than {MAX_PAGES} pages of tools")

    def request(
        self,
        method: str,
        params: Json,
        deadline: float,
        caller: Caller | None = None,
        running: RunningCall | None = None,
    ) -> Json:
        answer = _Answer()
        with self._lock:
            if self.ended is not None:
                raise McpFailed(self.ended)
            self._count += 1
            number = self._count
            self._waiting[number] = answer
        try:
            self._transport.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            self._await(answer, number, method, deadline, caller, running)
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        if answer.message is None:
            raise McpFailed(self.ended or "the connection ended")
        if "error" in answer.message:
            raise McpFailed(f"{self._name}: {_error_text(answer.message['error'])}")
        result = answer.message.get("result")
        return result if isinstance(result, dict) else {}

    def _await(
        self,
        answer: _Answer,
        number: int,
        method: str,
        deadline: float,
        caller: Caller | None,
        running: RunningCall | None,
    ) -> None:
        while not answer.arrived.wait(max(0, min(HANG_UP_CHECK, deadline - time.monotonic()))):
            gone = caller is not None and caller.has_hung_up()
            cancelled = running is not None and running.cancelled
            if not gone and not cancelled and time.monotonic() < deadline:
                continue
            reason = "the client hung up" if gone else "cancelled" if cancelled else "time limit"
            params = {"requestId": number, "reason": reason}
            self._transport.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})
            if gone:
                raise ClientGone
            if cancelled:
                raise Cancelled
            raise CallTimedOut(f"{self._name}: no answer to {method} in time")

    def close(self) -> None:
        self._end(f"{self._name}: the server was stopped")
        self._transport.close()

    def _end(self, reason: str) -> None:
        with self._lock:
            first = self.ended is None
            if first:
                self.ended = reason
            waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.arrived.set()
        if first:
            self._on_end(self, reason)

    def _receive(self, message: Json) -> None:
        number = message.get("id")
        if "method" not in message:
            with self._lock:
                answer = self._waiting.pop(number, None) if isinstance(number, int) else None
            if answer is not None:
                answer.message = message
                answer.arrived.set()
        elif number is not None:
            self._serve(message)

    def _serve(self, message: Json) -> None:
        """A server may ask the client, too; all that this one can say is that it is there."""
        reply: Json = {"jsonrpc": "2.0", "id": message["id"]}
        if message["method"] == "ping":
            reply["result"] = {}
        else:
            reply["error"] = {"code": -32601, "message": "Method not found"}
        try:
            self._transport.send(reply)
        except McpFailed as error:
            log.warning(str(error))


def _error_text(error: object) -> object:
    return error.get("message", error) if isinstance(error, dict) else error
