"""Which path and method leads where. The services behind are made (and their modules imported) when first asked for."""

from __future__ import annotations

from sandbox_agent.errors import MethodUnknown, RouteUnknown, Unavailable
from sandbox_agent.http1 import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.services import Services
    from sandbox_agent.arguments import Json
    from sandbox_agent.auth import Authenticator
    from sandbox_agent.connection import Request
    from sandbox_agent.desktop import Desktop

    Handler = Callable[[Services, Request], Reply]

PREFIX = "/fastapi"
PORTS = "/ports/"
VIEWER = "/vnc/"
SCREEN = "/websockify"
HEALTH = "/healthz"
EVENT_STREAM = "text/event-stream"
AIO = ("/v1/", "/mcp")
BROWSER = "/v1/browser/"  # is there without the rest, too


def _json(services: Services, request: Request) -> Json:
    from sandbox_agent.arguments import read_json

    return read_json(request.body, services.settings.max_json)


def _healthz(services: Services, _request: Request) -> Reply:
    if services.desktop is not None:
        services.desktop.check()
    return Reply(200, b"OK")


def _shell(services: Services, request: Request) -> Reply:
    from sandbox_agent.live import answer

    return answer(request, services.shell.prepare(_json(services, request), request.caller))


def _cell(services: Services, request: Request) -> Reply:
    from sandbox_agent.live import answer

    return answer(request, services.cells.prepare(_json(services, request), request.caller))


def _cancel(services: Services, request: Request) -> Reply:
    return Reply.json(services.calls.cancel(_json(services, request)))


def _calls(services: Services, _request: Request) -> Reply:
    return Reply.json(services.calls.list())


def _start_command(services: Services, request: Request) -> Reply:
    return Reply.json(services.commands.start(_json(services, request)))


def _list_commands(services: Services, _request: Request) -> Reply:
    return Reply.json(services.commands.list())


def _read_command(services: Services, request: Request) -> Reply:
    return services.commands.read(request)


def _write_command(services: Services, request: Request) -> Reply:
    services.commands.write(_json(services, request))
    return Reply(204)


def _resize_command(services: Services, request: Request) -> Reply:
    services.commands.resize(_json(services, request))
    return Reply(204)


def _kill_command(services: Services, request: Request) -> Reply:
    return Reply.json(services.commands.kill(_json(services, request)))


def _mcp_add(services: Services, request: Request) -> Reply:
    services.mcp.add(_json(services, request))
    return Reply(200, b"OK")


def _mcp_list(services: Services, request: Request) -> Reply:
    return Reply.json(services.mcp.list_tools())


def _mcp_call(services: Services, request: Request) -> Reply:
    return Reply.json(services.mcp.call(_json(services, request), request.caller))


def _mcp_servers(services: Services, _request: Request) -> Reply:
    return Reply.json(services.mcp.describe())


def _mcp_log(services: Services, request: Request) -> Reply:
    return Reply(200, services.mcp.read_log(request.query), "text/plain; charset=utf-8")


def _read_file(services: Services, request: Request) -> Reply:
    return services.files.read(request)


def _write_file(services: Services, request: Request) -> Reply:
    return Reply.json(services.files.write(request))


def _write_batch(services: Services, request: Request) -> Reply:
    return Reply.json(services.files.write_batch(request))


def _list_entries(services: Services, request: Request) -> Reply:
    return services.workspace.list(request.query)


def _exists(services: Services, request: Request) -> Reply:
    return Reply.json(services.workspace.exists(request.query))


def _remove(services: Services, request: Request) -> Reply:
    services.workspace.remove(request.query)
    return Reply(204)


def _move(services: Services, request: Request) -> Reply:
    return Reply.json(services.workspace.move(_json(services, request)))


def _make_directory(services: Services, request: Request) -> Reply:
    return Reply.json(services.workspace.make_directory(_json(services, request)))


def _pack(services: Services, request: Request) -> Reply:
    return services.files.pack(request)


def _unpack(services: Services, request: Request) -> Reply:
    return Reply.json(services.files.unpack(request))


def _changes(services: Services, request: Request) -> Reply:
    return Reply.json(services.changes.since_mark(request.query))


def _watch(services: Services, request: Request) -> Reply:
    from sandbox_agent.watch import Watch

    reply = Reply(200, Watch(services.settings.workspace, request.query.get("path", "."), request.caller), EVENT_STREAM)
    reply.headers += [("cache-control", "no-store"), ("x-accel-buffering", "no")]
    return reply


def _commit(services: Services, request: Request) -> Reply:
    return Reply.json(services.watcher.commit(_json(services, request), request.caller))


def _diff(services: Services, request: Request) -> Reply:
    return Reply.json(services.watcher.diff(_json(services, request), request.caller))


def _logs(services: Services, request: Request) -> Reply:
    return Reply.json(services.watcher.logs(request.query, request.caller))


def _reset(services: Services, request: Request) -> Reply:
    return Reply.json(services.reset(request.caller))


ROUTES: dict[str, dict[str, Handler]] = {
    "/healthz": {"GET": _healthz},
    "/tools/run_shell_command": {"POST": _shell},
    "/tools/run_ipython_cell": {"POST": _cell},
    "/tools/calls": {"GET": _calls},
    "/tools/cancel": {"POST": _cancel},
    "/tools/commands": {"GET": _list_commands, "POST": _start_command},
    "/tools/commands/output": {"GET": _read_command},
    "/tools/commands/input": {"POST": _write_command},
    "/tools/commands/resize": {"POST": _resize_command},
    "/tools/commands/kill": {"POST": _kill_command},
    "/mcp/add_servers": {"POST": _mcp_add},
    "/mcp/list_tools": {"GET": _mcp_list},
    "/mcp/call_tool": {"POST": _mcp_call},
    "/mcp/servers": {"GET": _mcp_servers},
    "/mcp/logs": {"GET": _mcp_log},
    "/workspace/file": {"GET": _read_file, "PUT": _write_file},
    "/workspace/files:batch": {"POST": _write_batch},
    "/workspace/list": {"GET": _list_entries},
    "/workspace/exists": {"GET": _exists},
    "/workspace/entry": {"DELETE": _remove},
    "/workspace/move": {"POST": _move},
    "/workspace/mkdir": {"POST": _make_directory},
    "/workspace/archive": {"GET": _pack, "PUT": _unpack},
    "/workspace/changes": {"GET": _changes},
    "/workspace/watch": {"GET": _watch},
    "/watcher/commit_changes": {"POST": _commit},
    "/watcher/generate_diff": {"POST": _diff},
    "/watcher/git_logs": {"GET": _logs},
    "/reset": {"POST": _reset},
}


class Router:
    def __init__(self, services: Services, authenticator: Authenticator) -> None:
        self._services = services
        self._authenticator = authenticator

    def handle(self, request: Request) -> Reply:
        path = request.path
        if self._services.desktop is not None and (path.startswith(VIEWER) or path.rstrip("/") == SCREEN):
            return self._watch(self._services.desktop, path, request)
        if path.startswith(PREFIX + "/"):
            path = path[len(PREFIX) :]
        if path != HEALTH:
            self._refuse_while_reset()
        if path.startswith(PORTS):
            self._authenticator.check(request.headers.get("authorization"))
            return self._services.ports.forward(request)
        methods = ROUTES.get("/" + path.lstrip("/"))
        if methods is None and self._is_aio(path):
            self._authenticator.check(request.headers.get("authorization"))
            return self._services.aio.answer(path, request)
        if methods is None:
            raise RouteUnknown
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            raise MethodUnknown([*methods, *(["HEAD"] if "GET" in methods else [])])
        self._authenticator.check(request.headers.get("authorization"))
        return handler(self._services, request)

    def _watch(self, desktop: Desktop, path: str, request: Request) -> Reply:
        """For anybody: the screen asks for its password by itself, and the pages are the same for all."""
        if path.startswith(VIEWER):
            if request.method not in ("GET", "HEAD"):
                raise MethodUnknown(["GET", "HEAD"])
            return desktop.page(path[len(VIEWER) :])
        self._refuse_while_reset()
        return desktop.watch(request)

    def _refuse_while_reset(self) -> None:
        if self._services.is_being_reset:
            raise Unavailable("the sandbox is being reset: try again in a moment")

    def _is_aio(self, path: str) -> bool:
        """Its own table says which routes there are."""
        is_below = path.startswith(AIO[0]) or path.rstrip("/") == AIO[1]
        return path.startswith(BROWSER) or (is_below and "aio" in self._services.settings.features)
