"""The browser's tools as an MCP server that lives in the agent itself."""

from __future__ import annotations

import threading

from sandbox_agent import log
from sandbox_agent.browser_answers import text_result
from sandbox_agent.browser_tool_list import TOOLS
from sandbox_agent.browser_tools import Tools
from sandbox_agent.browser_values import Values
from sandbox_agent.calls import Cancelled
from sandbox_agent.cdp import Patience
from sandbox_agent.cdp_errors import CdpFailed
from sandbox_agent.mcp_transport import McpTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_files import BrowserFiles


class BrowserTransport(McpTransport):
    """A call's time limit and its cancelling come from the session, as for any other server."""

    def __init__(self, browser: Browser, files: BrowserFiles) -> None:
        self._browser = browser
        self._tools = Tools(browser, files)
        self._running: dict[object, Patience] = {}

    def start(self, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        self._receive = receive

    def send(self, message: Json) -> None:
        method, number, params = message.get("method"), message.get("id"), message.get("params")
        params = params if isinstance(params, dict) else {}
        if method == "tools/call":
            patience = self._running[number] = Patience()
            threading.Thread(target=self._call, args=(number, params, patience), daemon=True).start()
        elif method == "notifications/cancelled":
            running = self._running.get(params.get("requestId"))
            if running is not None:
                running.cancel()
        elif number is not None:
            self._receive({"id": number, "result": {"tools": TOOLS} if method == "tools/list" else {}})

    def close(self) -> None:
        for patience in list(self._running.values()):
            patience.cancel()

    def _call(self, number: object, params: Json, patience: Patience) -> None:
        values = params.get("arguments")
        try:
            with self._browser.using(patience):
                result = self._tools.call(str(params.get("name")), Values(values if isinstance(values, dict) else {}))
        except Cancelled:
            return
        except CdpFailed as error:
            result = text_result(f"### Error\n{error}", is_error=True)
        except Exception as error:  # the top of a thread
            log.failure(f"browser tool {params.get('name')}")
            result = text_result(f"### Error\nthe agent failed: {type(error).__name__}: {error}", is_error=True)
        finally:
            self._running.pop(number, None)
        self._receive({"id": number, "result": result})
