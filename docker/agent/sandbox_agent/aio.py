"""The AIO API: routes below `/v1/`, answered in the envelope `{success, message, data, hint}`."""

from __future__ import annotations

from sandbox_agent.aio_code import AioCode
from sandbox_agent.aio_errors import AioFailed
from sandbox_agent.aio_files import AioFiles
from sandbox_agent.aio_folders import AioFolders
from sandbox_agent.aio_jupyter import AioJupyter
from sandbox_agent.aio_mcp import AioMcp
from sandbox_agent.aio_sandbox import AioSandbox
from sandbox_agent.aio_shell import AioShell
from sandbox_agent.aio_table import ROUTES
from sandbox_agent.errors import AgentError, InvalidArguments, MethodUnknown, RouteUnknown
from sandbox_agent.http1 import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.aio_route import Route
    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.services import Services

MCP = ("/mcp", "/v1/mcp")
DONE = "Operation successful"


class Aio:
    shell: AioShell
    files: AioFiles
    folders: AioFolders
    jupyter: AioJupyter
    code: AioCode
    sandbox: AioSandbox

    def __init__(self, services: Services) -> None:
        self._services = services
        self.shell = AioShell(services.processes, services.settings)
        self.files = AioFiles(services.processes, services.settings)
        self.folders = AioFolders(self.files)
        self.jupyter = AioJupyter(services.new_cells)
        self.code = AioCode(services.processes, self.jupyter, services.settings)
        self.sandbox = AioSandbox(services.processes, services.settings)
        self._mcp = AioMcp(services)
        self._routes: dict[str, dict[str, Route]] = {}
        for route in ROUTES:
            self._routes.setdefault(route.path, {})[route.method] = route

    def answer(self, path: str, request: Request) -> Reply:
        path = path.rstrip("/")
        if path in MCP:
            return self._mcp.answer(request)
        methods = self._routes.get(path)
        if methods is None:
            raise RouteUnknown
        route = methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise MethodUnknown([*methods, *(["HEAD"] if "GET" in methods else [])])
        values = route.values(self._services, request)
        try:
            data = route.answer(self._services, request, values)
        except InvalidArguments:
            raise
        except AgentError as error:
            return Reply.json(_failed(error), error.status)
        return data if isinstance(data, Reply) else Reply.json(_done(data))

    def guarded(self, run: Callable[[], object]) -> Json:
        """The envelope of what `run` does, whatever becomes of it."""
        try:
            return _done(run())
        except AgentError as error:
            return _failed(error)

    def forget(self) -> None:
        """Ends all sessions."""
        self.shell.forget()
        self.jupyter.forget()
        self._mcp.forget()
        self.files.uploads.discard_all()


def _done(data: object) -> Json:
    return {"success": True, "message": DONE, "data": data, "hint": None}


def _failed(error: AgentError) -> Json:
    told: Json = {"success": False, "message": str(error), "data": None, "hint": None}
    if isinstance(error, AioFailed):
        told.update(data=error.data, hint=error.hint)
    return told
