"""Tools of the agent itself, as an MCP server that needs no process: calls run in threads of their own."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from sandbox_agent import log
from sandbox_agent.calls import Cancelled
from sandbox_agent.mcp_transport import McpTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox_agent.arguments import Json


class ToolRefused(Exception):
    """What the caller of a tool is told: the text of an error result."""


class Patience:
    """Whether somebody still waits for a call."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    def check(self) -> None:
        """To be asked now and then by what may take long."""
        if self._cancelled.is_set():
            raise Cancelled


P = TypeVar("P", bound=Patience)


class OwnTransport(McpTransport, Generic[P]):
    """A call's time limit and its cancelling come from the session, as for any other server."""

    def __init__(self, tools: Sequence[Json], call: Callable[[str, Json, P], Json], patience: Callable[[], P], heading: str = "") -> None:
        """`heading` stands in front of what an error result says."""
        self._tools = tools
        self._call = call
        self._patience = patience
        self._heading = heading
        self._running: dict[object, P] = {}

    def start(self, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        self._receive = receive

    def send(self, message: Json) -> None:
        method, number, params = message.get("method"), message.get("id"), message.get("params")
        params = params if isinstance(params, dict) else {}
        if method == "tools/call":
            patience = self._running[number] = self._patience()
            threading.Thread(target=self._run, args=(number, params, patience), daemon=True).start()
        elif method == "notifications/cancelled":
            running = self._running.get(params.get("requestId"))
            if running is not None:
                running.cancel()
        elif number is not None:
            self._receive({"id": number, "result": {"tools": self._tools} if method == "tools/list" else {}})

    def close(self) -> None:
        for patience in list(self._running.values()):
            patience.cancel()

    def _run(self, number: object, params: Json, patience: P) -> None:
        values = params.get("arguments")
        try:
            result = self._call(str(params.get("name")), values if isinstance(values, dict) else {}, patience)
        except Cancelled:
            return
        except ToolRefused as error:
            result = self._failed(str(error))
        except Exception as error:  # the top of a thread
            log.failure(f"tool {params.get('name')}")
            result = self._failed(f"the agent failed: {type(error).__name__}: {error}")
        finally:
            self._running.pop(number, None)
        self._receive({"id": number, "result": result})

    def _failed(self, text: str) -> Json:
        return {"content": [{"type": "text", "text": self._heading + text}], "isError": True}
