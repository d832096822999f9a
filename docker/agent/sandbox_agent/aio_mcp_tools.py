"""The tools that are offered over MCP: the agent's two, and those of its own MCP servers."""

from __future__ import annotations

import uuid

from sandbox_agent.errors import AgentError, InvalidArguments, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.services import Services
    from sandbox_agent.wire import Caller

SHELL, CELL = "run_shell_command", "run_ipython_cell"
SECONDS: Json = {"type": "number", "description": "Time limit"}
OWN: dict[str, Json] = {
    SHELL: {
        "name": SHELL,
        "description": "Run a command by /bin/sh in the workspace.",
        "inputSchema": {
            "type": "object",
            "properties": {"command": {"type": "string", "description": "Shell command to execute"}, "timeout": SECONDS},
            "required": ["command"],
        },
    },
    CELL: {
        "name": CELL,
        "description": "Run Python in an interpreter that keeps its names from call to call.",
        "inputSchema": {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "IPython code to execute"}, "timeout": SECONDS},
            "required": ["code"],
        },
    },
}


class ToolUnknown(Exception):
    pass


class McpTools:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._calls: dict[tuple[str, object], str] = {}

    def list(self) -> list[Json]:
        tools = dict(OWN)
        for group in self._services.mcp.list_tools().values():
            for name, tool in group.items():
                tools.setdefault(name, _described(name, tool))
        return list(tools.values())

    def call(self, session: str, number: object, params: Json, caller: Caller) -> Json:
        name, values = params.get("name"), params.get("arguments")
        if not isinstance(name, str) or not any(tool["name"] == name for tool in self.list()):
            raise ToolUnknown(f"Unknown tool: {name}")
        call_id = uuid.uuid4().hex
        key = (session, str(number))
        self._calls[key] = call_id
        try:
            return _result(self._run(name, values if isinstance(values, dict) else {}, call_id, caller))
        except InvalidArguments as error:
            where = ".".join(str(step) for row in error.rows for step in _path(row))
            return _failed(f"{where}: {error}")
        except AgentError as error:
            return _failed(str(error))
        finally:
            self._calls.pop(key, None)

    def _run(self, name: str, values: Json, call_id: str, caller: Caller) -> Json:
        if name == SHELL:
            return self._services.shell.prepare({**values, "call_id": call_id}, caller)(None)
        if name == CELL:
            return self._services.cells.prepare({**values, "call_id": call_id}, caller)(None)
        return self._services.mcp.call({"tool_name": name, "arguments": values, "call_id": call_id}, caller)

    def cancel(self, session: str, number: object) -> None:
        call_id = self._calls.get((session, str(number)))
        if call_id is not None:
            try:
                self._services.calls.cancel({"call_id": call_id})
            except NotFound:  # it has just ended
                return


def _path(row: object) -> list[object]:
    loc = row.get("loc") if isinstance(row, dict) else None
    return loc[1:] if isinstance(loc, list) else []


def _described(name: str, tool: Json) -> Json:
    schema = tool["json_schema"]
    assert isinstance(schema, dict)
    function = schema["function"]
    return {"name": name, "description": function["description"] or "", "inputSchema": function["parameters"]}


def _result(told: Json) -> Json:
    """As MCP has it: what is null is left out, and what a part is stands in its metadata."""
    content = told["content"]
    assert isinstance(content, list)
    result: Json = {"content": [_part(part) for part in content], "isError": bool(told["isError"])}
    if told.get("meta") is not None:
        result["_meta"] = told["meta"]
    if "structuredContent" in told:
        result["structuredContent"] = told["structuredContent"]
    return result


def _part(part: Json) -> Json:
    plain = {name: value for name, value in part.items() if value is not None and name != "description"}
    return {**plain, "_meta": {"description": part["description"]}} if part.get("description") else plain


def _failed(text: str) -> Json:
    return {"content": [{"type": "text", "text": text}], "isError": True}
