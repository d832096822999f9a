"""The MCP servers of this sandbox: started from a configuration, listed, called, restarted when they died."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from sandbox_agent import arguments, log
from sandbox_agent.calls import Cancelled
from sandbox_agent.errors import AgentError, NotFound, ToolFailed
from sandbox_agent.mcp_keeper import Keeper
from sandbox_agent.mcp_server import McpServer, OwnServer
from sandbox_agent.mcp_session import CallTimedOut
from sandbox_agent.mcp_transport import McpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import Calls
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

STARTED_AT_ONCE = 8
DEFAULT_LOG = 64 << 10
MAX_LOG = 2 << 20


class McpServers:
    def __init__(self, processes: Processes, calls: Calls, settings: Settings) -> None:
        self._processes = processes
        self._calls = calls
        self._settings = settings
        self._adding = threading.Lock()
        self._servers: dict[str, McpServer] = {}  # in the order in which tools are looked for; replaced, never changed
        self._boot: threading.Thread | None = None
        self._keeper = Keeper(self._deadline)
        self._told: set[tuple[str, str]] = set()  # tools that are hidden, and by which server

    def start(self, own: Mapping[str, OwnServer], path: str) -> None:
        """Adds the agent's own servers and those of the image's file in the background; lists and calls wait for them."""
        if own or os.path.exists(path):
            self._boot = threading.Thread(target=self._start, args=(own, path), daemon=True)
            self._boot.start()

    def _start(self, own: Mapping[str, OwnServer], path: str) -> None:
        try:
            if own:
                self._add({"mcpServers": own}, overwrite=False, keep_failed=True)
            if os.path.exists(path):
                self._read_file(path)
        except Exception:  # the top of a thread
            log.failure("starting MCP servers")

    def _read_file(self, path: str) -> None:
        try:
            with open(path, encoding="utf-8") as file:
                configs = json.load(file)
            failures = self._add(configs, overwrite=False, keep_failed=True)
            for failure in failures.values():
                log.warning(f"{path}: {failure}")
        except (OSError, ValueError, AgentError) as error:
            log.warning(f"{path}: {error}")

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
        failures = self._add(configs, arguments.optional_bool(body, "overwrite"), keep_failed=False)
        if failures:
            reasons = "; ".join(str(reason) for reason in failures.values())
            raise ToolFailed(f"500: Failed to initialize server: {[server.name for server in failures]}: {reasons}")

    def _add(self, configs: object, overwrite: bool, keep_failed: bool) -> dict[McpServer, McpFailed]:
        wanted = configs.get("mcpServers") if isinstance(configs, dict) else None
        if not isinstance(wanted, dict):
            raise ToolFailed("'mcpServers'")
        with self._adding:
            if overwrite:
                self._remove(wanted)
            new = {
                name: McpServer(name, config, self._processes, self._settings, self._keeper.revive)
                for name, config in wanted.items()
                if name not in self._servers
            }
            failures = _for_each(new.values(), lambda server: server.start(self._deadline()))
            stay = {name: server for name, server in new.items() if keep_failed or server not in failures}
            self._servers = {**self._servers, **stay}
        for server in failures:
            if keep_failed:
                self._keeper.revive(server)
            else:
                server.stop()
        self._tell_collisions()
        return failures

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

    def describe(self) -> Json:
        """Each server's state, and which of its tools a call by the bare name does not reach."""
        self._await_boot()
        hidden = self._collisions()
        rows = []
        for name, server in self._servers.items():
            taken = {tool: first for tool, first, other in hidden if other == name}
            rows.append({**server.described(), "hidden_tools": taken})
        return {"servers": rows}

    def read_log(self, query: Mapping[str, str]) -> bytes:
        name = arguments.query(query, "server")
        most = arguments.query_number(query, "tail", DEFAULT_LOG, MAX_LOG)
        self._await_boot()
        return self._named(name).log.read(most)

    def call(self, body: Json, caller: Caller) -> Json:
        name = arguments.string(body, "tool_name")
        if not name:
            raise ToolFailed("400: tool_name is required.")
        values = arguments.optional_object(body, "arguments")
        timeout = arguments.timeout(body, self._settings.call_timeout)
        wanted = arguments.optional_string(body, "server")
        deadline = time.monotonic() + timeout
        self._await_boot()
        server, tool = (self._named(wanted), name) if wanted is not None else self._server_with(name)
        try:
            with self._calls.begin(body, "call_tool", f"{server.name}: {tool}") as running:
                return _result(server.call(tool, values, deadline, caller, running))
        except CallTimedOut:
            return _broken_off(f"the time limit of {timeout:g} s was reached")
        except Cancelled:
            return _broken_off("the call was cancelled")
        except McpFailed as error:
            raise ToolFailed(str(error)) from error

    def _named(self, name: str) -> McpServer:
        server = self._servers.get(name)
        if server is None:
            raise NotFound(f"there is no server {name!r}: there are {sorted(self._servers)}")
        return server

    def _server_with(self, tool: str) -> tuple[McpServer, str]:
        """The first server that has the tool. `server/tool` is the tool of that server alone."""
        servers = self._servers
        for look_again in (False, True):
            if look_again:  # servers may have got new tools since they were asked
                self._refresh()
            for server in servers.values():
                if server.has(tool):
                    return server, tool
            for name, server in servers.items():
                if tool.startswith(f"{name}/") and server.has(tool[len(name) + 1 :]):
                    return server, tool[len(name) + 1 :]
        raise ToolFailed(f"Tool '{tool}' not found.")

    def _collisions(self) -> list[tuple[str, str, str]]:
        """Tool, the server that answers for it, and one that is hidden by that."""
        first: dict[str, str] = {}
        found = []
        for name, server in self._servers.items():
            for tool in server.tools:
                owner = first.setdefault(str(tool.get("name")), name)
                if owner != name:
                    found.append((str(tool.get("name")), owner, name))
        return found

    def _tell_collisions(self) -> None:
        for tool, owner, other in self._collisions():
            if (tool, other) not in self._told:
                self._told.add((tool, other))
                log.info(f"tool {tool!r} of MCP server {other!r} is hidden by that of {owner!r}: call '{other}/{tool}'")

    def _refresh(self) -> dict[McpServer, McpFailed]:
        failures = _for_each(self._servers.values(), lambda server: server.refresh(self._deadline()))
        self._tell_collisions()
        return failures

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


def _broken_off(reason: str) -> Json:
    text = f"[sandbox] {reason}; the server was told to give up"
    return _result({"content": [{"type": "text", "text": text}], "isError": True})


def _part(part: Mapping[str, object]) -> Json:
    return {**part, "annotations": part.get("annotations")}
