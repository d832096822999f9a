"""Serves the `computer` tool over MCP: a JSON message per line on standard input and output.

It is a process of its own because it needs the system's Python packages, which the agent does without.
"""

from __future__ import annotations

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from sandbox_agent.computer import TOOL, Computer, ComputerError, grab_screen, xdotool  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Object = dict[str, object]

PROTOCOL = "2025-06-18"
UNKNOWN_METHOD, WRONG_ARGUMENTS, BROKEN = -32601, -32602, -32700


def serve(lines: Iterable[str], write: Callable[[str], None], computer: Computer) -> None:
    for line in lines:
        if line.strip():
            reply = answer(line, computer)
            if reply is not None:
                write(json.dumps(reply) + "\n")


def answer(line: str, computer: Computer) -> Object | None:
    """None for what wants no answer."""
    try:
        message = json.loads(line)
    except ValueError:
        return _error(None, BROKEN, "not JSON")
    if not isinstance(message, dict) or "id" not in message or "method" not in message:
        return None
    number, method, params = message["id"], message["method"], message.get("params")
    params = params if isinstance(params, dict) else {}
    if method == "initialize":
        server = {"name": "computer", "version": "1"}
        version = params.get("protocolVersion", PROTOCOL)
        return _result(number, {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": server})
    if method == "ping":
        return _result(number, {})
    if method == "tools/list":
        return _result(number, {"tools": [TOOL]})
    if method != "tools/call":
        return _error(number, UNKNOWN_METHOD, f"no method {method!r}")
    arguments = params.get("arguments") or {}
    if params.get("name") != TOOL["name"] or not isinstance(arguments, dict):
        return _error(number, WRONG_ARGUMENTS, f"expected the tool {TOOL['name']!r} and an object of arguments")
    try:
        return _result(number, {"content": computer.act(arguments), "isError": False})
    except ComputerError as error:
        return _result(number, {"content": [{"type": "text", "text": str(error)}], "isError": True})


def _result(number: object, result: Object) -> Object:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def _error(number: object, code: int, text: str) -> Object:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}


def main() -> None:
    def write(line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    serve(sys.stdin, write, Computer(xdotool, grab_screen))


if __name__ == "__main__":
    main()
