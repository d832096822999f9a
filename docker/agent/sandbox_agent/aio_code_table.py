"""The AIO routes of code, and those that tell about the sandbox and the API; see `aio_table`."""

from __future__ import annotations

from sandbox_agent.aio_route import Route
from sandbox_agent.aio_schema import COUNT, ROWS, TEXT, TEXTS, Field, maybe, thing
from sandbox_agent.http1 import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.services import Services


def _sandbox(services: Services, _request: Request, _values: dict[str, Any]) -> Reply:
    """What it tells stands beside the envelope's members, not in `data`."""
    told = services.aio.sandbox.describe()
    return Reply.json({"success": True, "message": "Operation successful", "data": None, "hint": None, **told})


def _document(services: Services, _request: Request, _values: dict[str, Any]) -> Reply:
    from sandbox_agent.aio_openapi import document
    from sandbox_agent.aio_table import routes_of

    return Reply.json(document(routes_of(services)))


def _page(services: Services, _request: Request, _values: dict[str, Any]) -> Reply:
    from sandbox_agent.aio_openapi import page
    from sandbox_agent.aio_table import routes_of

    return Reply(200, page(routes_of(services)).encode("utf-8"), "text/html; charset=utf-8")


STATUS: Json = {"type": "string", "enum": ["ok", "error", "timeout"]}
CWD = Field("string", "Absolute, or from the workspace on; the workspace by default")

CODE_ROUTES = [
    Route("POST", "/v1/jupyter/execute", "Run a cell of Python", lambda s, r, v: s.aio.jupyter.execute(v, r.caller), {
        "code": Field("string", "The cell", required=True),
        "timeout": Field("integer", "Seconds", default=30, least=1, most=300),
        "kernel_name": Field("string", "python3"),
        "session_id": Field("string", "Keeps names from cell to cell, until half an hour after the last; a new one by default"),
        "cwd": CWD,
    }, data=thing(kernel_name=TEXT, session_id=maybe(TEXT), status=STATUS, execution_count=maybe(COUNT), outputs=ROWS, code=TEXT, msg_id=maybe(TEXT))),
    Route("POST", "/v1/code/execute", "Run code", lambda s, r, v: s.aio.code.execute(v, r.caller), {
        "language": Field("string", "What it is", required=True, choices=("python", "javascript")),
        "code": Field("string", "The program", required=True),
        "timeout": Field("number", "Seconds", least=0.001, most=86400),
        "cwd": CWD,
        "stateful": Field("boolean", "As a cell of a session (python)", default=False),
        "session_id": Field("string", "The session, if stateful; a new one by default"),
    }, data=thing(language=TEXT, status=STATUS, outputs=ROWS, code=TEXT, stdout=maybe(TEXT), stderr=maybe(TEXT), exit_code=maybe(COUNT),
                  traceback=maybe(TEXTS), session_id=maybe(TEXT))),
]  # fmt: skip

ABOUT_ROUTES = [
    Route("GET", "/v1/sandbox", "What this sandbox is", _sandbox),
    Route("GET", "/v1/docs", "This API, to read", _page, content="text/html"),
    Route("GET", "/v1/openapi.json", "This API as OpenAPI 3.1", _document),
]
