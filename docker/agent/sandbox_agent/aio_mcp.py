"""The sandbox's tools as one MCP server, over streamable HTTP at `/mcp`."""

from __future__ import annotations

import json
import threading
import uuid

from sandbox_agent import log
from sandbox_agent.aio_mcp_tools import McpTools, ToolUnknown
from sandbox_agent.arguments import read_json
from sandbox_agent.errors import AgentError, InvalidArguments, MethodUnknown
from sandbox_agent.http1 import Reply
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.services import Services

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")  # the newest first
MAX_SESSIONS = 256
KEEP_ALIVE = 15.0
INVALID_REQUEST, METHOD_UNKNOWN, INVALID_PARAMS, FAILED = -32600, -32601, -32602, -32603
PARSE_ERROR = -32700


class AioMcp:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._tools = McpTools(services)
        self._lock = threading.Lock()
        self._sessions: dict[str, None] = {}  # in the order in which they began

    def forget(self) -> None:
        with self._lock:
            self._sessions.clear()

    def answer(self, request: Request) -> Reply:
        if request.method == "DELETE":
            return self._end(request)
        if request.method != "POST":  # the server never speaks first, so there is nothing to listen to
            raise MethodUnknown(["POST", "DELETE"])
        kinds = _accepted(request)
        if not kinds:
            return _error(None, INVALID_REQUEST, "Not Acceptable: accept application/json or text/event-stream", 406)
        try:
            message = read_json(request.body, self._services.settings.max_json)
        except InvalidArguments as error:
            return _error(None, PARSE_ERROR, f"Parse error: {error}", 400)
        number, method = message.get("id"), message.get("method")
        if not isinstance(method, str) and "result" not in message and "error" not in message:
            return _error(None, INVALID_REQUEST, "Invalid Request: one JSON-RPC message is needed", 400)
        if method == "initialize" and number is not None:
            return self._begin(message)
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        session = request.headers.get("mcp-session-id", "")
        if number is None or not isinstance(method, str):
            if method == "notifications/cancelled":
                self._tools.cancel(session, _params(message).get("requestId"))
            return Reply(202)
        if method == "tools/call" and "text/event-stream" in kinds:
            reply = Reply(200, _Waited(lambda: self._told(request, session, message)), "text/event-stream")
            reply.headers += [("cache-control", "no-store"), ("x-accel-buffering", "no")]
            return reply
        return _framed(self._told(request, session, message), kinds)

    def _begin(self, message: Json) -> Reply:
        wanted = _params(message).get("protocolVersion")
        session = uuid.uuid4().hex
        with self._lock:
            self._sessions[session] = None
            while len(self._sessions) > MAX_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        result: Json = {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "sandbox", "version": "1"},
        }
        reply = Reply.json({"jsonrpc": "2.0", "id": message["id"], "result": result})
        reply.headers.append(("mcp-session-id", session))
        return reply

    def _end(self, request: Request) -> Reply:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        with self._lock:
            self._sessions.pop(request.headers.get("mcp-session-id", ""), None)
        return Reply(204)

    def _refusal(self, request: Request) -> Reply | None:
        session, version = request.headers.get("mcp-session-id"), request.headers.get("mcp-protocol-version")
        if session is None:
            return _error(None, INVALID_REQUEST, "Bad Request: Mcp-Session-Id is missing; initialize gives one", 400)
        if version is not None and version not in VERSIONS:
            return _error(None, INVALID_REQUEST, f"Bad Request: protocol version {version!r}; {', '.join(VERSIONS)} are spoken", 400)
        with self._lock:
            known = session in self._sessions
        return None if known else _error(None, INVALID_REQUEST, "Session not found: initialize again", 404)

    def _told(self, request: Request, session: str, message: Json) -> Json:
        number, method, params = message["id"], message["method"], _params(message)
        told: Json = {"jsonrpc": "2.0", "id": number}
        try:
            if method == "ping":
                return {**told, "result": {}}
            if method == "tools/list":
                return {**told, "result": {"tools": self._tools.list()}}
            if method == "tools/call":
                return {**told, "result": self._tools.call(session, number, params, request.caller)}
        except ToolUnknown as error:
            return {**told, "error": {"code": INVALID_PARAMS, "message": str(error)}}
        except AgentError as error:
            return {**told, "error": {"code": FAILED, "message": str(error)}}
        return {**told, "error": {"code": METHOD_UNKNOWN, "message": f"Method not found: {method}"}}


def _params(message: Json) -> Json:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def _accepted(request: Request) -> list[str]:
    given = [kind.partition(";")[0].strip().lower() for kind in request.headers.get("accept", "*/*").split(",")]
    if "*/*" in given or "application/*" in given:
        given.append("application/json")
    return [kind for kind in ("application/json", "text/event-stream") if kind in given]


def _framed(message: Json, kinds: list[str]) -> Reply:
    return Reply.json(message) if "application/json" in kinds else Reply(200, _event(message), "text/event-stream")


def _event(message: Json) -> bytes:
    return f"event: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def _error(number: object, code: int, text: str, status: int) -> Reply:
    return Reply.json({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}, status)


class _Waited:
    """One answer that takes long: until it is there the stream says that it is alive."""

    def __init__(self, ask: Callable[[], Json]) -> None:
        self._answered = threading.Event()
        self._message: Json | None = None
        self._sent = False
        threading.Thread(target=self._run, args=(ask,), daemon=True).start()

    def _run(self, ask: Callable[[], Json]) -> None:
        try:
            self._message = ask()
        except ClientGone:
            return
        except Exception as error:  # the top of a thread
            log.failure("a call over MCP")
            self._message = {"jsonrpc": "2.0", "id": None, "error": {"code": FAILED, "message": f"{type(error).__name__}: {error}"}}
        finally:
            self._answered.set()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._sent:
            raise StopIteration
        if not self._answered.wait(KEEP_ALIVE):
            return b": the call is running\n\n"
        self._sent = True
        if self._message is None:
            raise StopIteration
        return _event(self._message)
