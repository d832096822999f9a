"""The MCP servers of this sandbox: started from a configuration, listed, called, restarted when they died."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from sandbox_agent import arguments, log
from sandbox_agent.errors import AgentError, ToolFailed
from sandbox_agent.mcp_server import CallTimedOut, McpServer
from sandbox_agent.mcp_transport import McpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

STARTED_AT_ONCE = 8


class McpServers:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self._adding = threading.Lock()
        self._servers: dict[str, McpServer] = {}  # in the order in which tools are looked for; replaced, never changed
        self._boot: threading.Thread | None = None

    def add_from_file(self, path: str) -> None:
        """Adds an image's own servers in the background; lists and calls wait for them."""
        self._boot = threading.Thread(target=self._read_file, args=(path,), daemon=True)
        self._boot.start()

    def _read_file(self, path: str) -> None:
        try:
            with open(path, encoding="utf-8") as file:
                configs = json.load(file)
            self._add(configs, overwrite=False)
        except (OSError, ValueError, AgentError) as error:
            log.warning(f"{path}: {error}")
        except Exception:  # the top of a thread
            log.failure(path)

    def _await_boot(self) -> None:
        boot = self._boot
        if boot is not None:
            boot.join(self._settings.call_timeout)
            self._boot = None

    def add(self, body: Json) -> None:
        configs = arguments.optional_object(body, "server_configs")
        if not configs:
            raise ToolFailed("400: server_configs is required.")
        self._await_boot()
        self._add(configs, arguments.optional_bool(body, "overwrite"))

    def _add(self, configs: object, overwrite: bool) -> None:
        wanted = configs.get("mcpServers") if isinstance(configs, dict) else None
        if not isinstance(wanted, dict):
            raise ToolFailed("'mcpServers'")
        with self._adding:
            if overwrite:
                self._remove(wanted)
            new = {
                name: McpServer(name, config, self._processes, self._settings)
                for name, config in wanted.items()
                if name not in self._servers
            }
            failures = _for_each(new.values(), lambda server: server.start(self._deadline()))
            started = {name: server for name, server in new.items() if server not in failures}
            self._servers = {**self._servers, **started}
        if failures:
            reasons = "; ".join(str(reason) for reason in failures.values())
            raise ToolFailed(f"500: Failed to initialize server: {[server.name for server in failures]}: {reasons}")

    def _remove(self, names: Iterable[str]) -> None:
        going = [self._servers[name] for name in names if name in self._servers]
        self._servers = {name: server for name, server in self._servers.items() if server not in going}
        for server in going:
            server.stop()

    def stop_all(self) -> None:
        self._await_boot()
        with self._adding:
            self._remove(list(self._servers))

    def list_tools(self) -> dict[str, dict[str, Json]]:
        """The tools of each server that answers; one that cannot be brought to life is left out."""
        self._await_boot()
        servers = self._servers
        failures = self._refresh()
        for failure in failures.values():
            log.warning(str(failure))
        return {
            name: {str(tool.get("name")): _described(tool) for tool in server.tools}
            for name, server in servers.items()
            if server not in failures
        }

    def call(self, body: Json, caller: Caller) -> Json:
        name = arguments.string(body, "tool_name")
        if not name:
            raise ToolFailed("400: tool_name is required.")
        values = arguments.optional_object(body, "arguments")
        timeout = arguments.timeout(body, self._settings.call_timeout)
        deadline = time.monotonic() + timeout
        self._await_boot()
        server = self._server_with(name)
        try:
            return _result(server.call(name, values, deadline, caller))
        except CallTimedOut:
            text = f"[sandbox] the time limit of {timeout:g} s was reached; the server was told to give up"
            return _result({"content": [{"type": "text", "text": text}], "isError": True})
        except McpFailed as error:
            raise ToolFailed(str(error)) from error

    def _server_with(self, tool: str) -> McpServer:
        servers = self._servers
        for look_again in (False, True):
            if look_again:  # servers may have got new tools since they were asked
                self._refresh()
            for server in servers.values():
                if any(known.get("name") == tool for known in server.tools):
                    return server
        raise ToolFailed(f"Tool '{tool}' not found.")

    def _refresh(self) -> dict[McpServer, McpFailed]:
        return _for_each(self._servers.values(), lambda server: server.refresh(self._deadline()))

    def _deadline(self) -> float:
        return time.monotonic() + self._settings.call_timeout


def _for_each(servers: Iterable[McpServer], action: Callable[[McpServer], None]) -> dict[McpServer, McpFailed]:
    """Does something with all servers at once; answers the failures."""
    failures: dict[McpServer, McpFailed] = {}
    todo = list(servers)
    if not todo:
        return failures
    with ThreadPoolExecutor(min(STARTED_AT_ONCE, len(todo))) as pool:
        for server, outcome in [(server, pool.submit(action, server)) for server in todo]:
            try:
                outcome.result()
            except McpFailed as failure:
                failures[server] = failure
    return failures


def _described(tool: Mapping[str, object]) -> Json:
    """A tool in the form that language models take."""
    schema = tool.get("inputSchema")
    schema = schema if isinstance(schema, dict) else {}
    parameters = {
        "type": "object",
        "properties": schema.get("properties", {}),
        "required": schema.get("required", []),
    }
    if "$defs" in schema:  # what `properties` may refer to
        parameters["$defs"] = schema["$defs"]
    function = {"name": tool.get("name"), "description": tool.get("description"), "parameters": parameters}
    return {"name": tool.get("name"), "json_schema": {"type": "function", "function": function}}


def _result(answer: Mapping[str, object]) -> Json:
    content = answer.get("content")
    result: Json = {
        "meta": answer.get("_meta"),
        "content": [_part(part) for part in content if isinstance(part, dict)] if isinstance(content, list) else [],
        "isError": bool(answer.get("isError")),
    }
    if "structuredContent" in answer:
        result["structuredContent"] = answer["structuredContent"]
    return result


def _part(part: Mapping[str, object]) -> Json:
    return {**part, "annotations": part.get("annotations")}
