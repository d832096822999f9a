"""Every AIO route of this agent, once: what checks arguments and what is told in OpenAPI both follow from here."""

from __future__ import annotations

from sandbox_agent.aio_browser_table import BROWSER_ROUTES
from sandbox_agent.aio_code_table import ABOUT_ROUTES, CODE_ROUTES
from sandbox_agent.aio_route import FORM, QUERY, Route
from sandbox_agent.aio_schema import COUNT, ROWS, SUDO, TEXT, TEXTS, Field, maybe, thing
from sandbox_agent.http1 import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.live import Live
    from sandbox_agent.services import Services

STATUS: Json = {"type": "string", "enum": ["running", "completed", "no_change_timeout", "hard_timeout", "terminated"]}


def _execute(services: Services, request: Request, values: dict[str, Any]) -> Reply:
    def run(live: Live | None) -> Json:
        return services.aio.guarded(lambda: services.aio.shell.execute(values, request.caller, live))

    from sandbox_agent.live import answer

    return answer(request, run)


def _view(services: Services, request: Request, values: dict[str, Any]) -> Reply:
    from sandbox_agent.live import answer

    return answer(request, lambda _: services.aio.guarded(lambda: services.aio.shell.view(values)))


ID = Field("string", "The session", required=True)
PATH = Field("string", "Absolute, or from the workspace on", required=True)
NO_SUDO = Field("boolean", SUDO, default=False)
SHELL = thing(session_id=TEXT, command=TEXT, status=STATUS, output=maybe(TEXT), console=maybe(ROWS), exit_code=maybe(COUNT))

SHELL_ROUTES = [
    Route("POST", "/v1/shell/exec", "Run a command in a shell session, which is made if there is none of that id", _execute, {
        "command": Field("string", "For bash", required=True),
        "id": Field("string", "The session; a new one by default"),
        "exec_dir": Field("string", "Absolute folder to change to before"),
        "async_mode": Field("boolean", "Do not wait for the end", default=False),
        "timeout": Field("number", "Seconds that the call waits; the command goes on", least=0.001, most=86400),
        "strict": Field("boolean", "Refuse an exec_dir that does not exist, instead of passing it over"),
        "no_change_timeout": Field("number", "Seconds without output after which the call returns; the command goes on", least=0.001, most=86400),
        "hard_timeout": Field("number", "Seconds after which the command is ended", least=0.001, most=86400),
        "preserve_symlinks": Field("boolean", "Links in exec_dir stay as they are in the shell's folder", default=False),
        "truncate": Field("boolean", "Leave out the middle of output beyond 30000 characters", default=True),
    }, data=SHELL, streams=True),
    Route("POST", "/v1/shell/view", "What a session has printed", _view, {"id": ID}, data=SHELL, streams=True),
    Route("POST", "/v1/shell/wait", "Wait for a session's command", lambda s, r, v: s.aio.shell.wait(v, r.caller), {
        "id": ID,
        "seconds": Field("number", "How long", least=0.001, most=86400),
        "max_wait_seconds": Field("number", "How long; goes before seconds", least=0.001, most=86400),
    }, data=thing(status=STATUS)),
    Route("POST", "/v1/shell/write", "Type into a session's command", lambda s, r, v: s.aio.shell.write(v), {
        "id": ID,
        "input": Field("string", "What is typed", required=True),
        "press_enter": Field("boolean", "Press Enter afterwards", required=True),
    }, data=thing(status=STATUS)),
    Route("POST", "/v1/shell/kill", "End a session's command; the session stays", lambda s, r, v: s.aio.shell.kill(v), {"id": ID},
          data=thing(status=STATUS, exit_code=maybe(COUNT), returncode=maybe(COUNT))),
]  # fmt: skip

FILE_ROUTES = [
    Route("POST", "/v1/file/read", "Read a text file", lambda s, r, v: s.aio.files.read(v), {
        "file": PATH,
        "start_line": Field("integer", "First line, from 0", least=0),
        "end_line": Field("integer", "Line before which it ends", least=0),
        "sudo": NO_SUDO,
    }, data=thing(content=TEXT, file=TEXT)),
    Route("POST", "/v1/file/write", "Write a file; folders are made", lambda s, r, v: s.aio.files.write(v), {
        "file": PATH,
        "content": Field("string", "Text, or bytes as the encoding says", required=True),
        "encoding": Field("string", "Of content; raw: each character is a byte", default="utf-8", choices=("utf-8", "base64", "raw")),
        "append": Field("boolean", "Write behind what is there", default=False),
        "leading_newline": Field("boolean", "A line feed before the text", default=False),
        "trailing_newline": Field("boolean", "A line feed after the text", default=False),
        "sudo": NO_SUDO,
    }, data=thing(file=TEXT, bytes_written=maybe(COUNT))),
    Route("POST", "/v1/file/replace", "Replace a text wherever it stands in a file", lambda s, r, v: s.aio.files.replace(v), {
        "file": PATH,
        "old_str": Field("string", "What is replaced", required=True),
        "new_str": Field("string", "By what", required=True),
        "sudo": NO_SUDO,
    }, data=thing(file=TEXT, replaced_count=COUNT)),
    Route("POST", "/v1/file/search", "Find lines of a file, counted from 1", lambda s, r, v: s.aio.files.search(v, r.caller), {
        "file": PATH, "regex": Field("string", "In Python's syntax", required=True), "sudo": NO_SUDO,
    }, data=thing(file=TEXT, matches=TEXTS, line_numbers={"type": "array", "items": COUNT})),
    Route("POST", "/v1/file/find", "Find files below a folder", lambda s, r, v: s.aio.folders.find(v), {
        "path": PATH, "glob": Field("string", "Of names, or of paths if it has a /", required=True),
    }, data=thing(path=TEXT, files=TEXTS)),
    Route("POST", "/v1/file/list", "List a folder", lambda s, r, v: s.aio.folders.list(v), {
        "path": PATH,
        "recursive": Field("boolean", "And those below", default=False),
        "show_hidden": Field("boolean", "Names with a dot in front, too", default=True),
        "file_types": Field("array", "Only files with these extensions"),
        "max_depth": Field("integer", "Levels of folders", least=1),
        "include_size": Field("boolean", "With sizes", default=True),
        "include_permissions": Field("boolean", "With permissions", default=False),
        "sort_by": Field("string", "Order", default="name", choices=("name", "size", "modified", "type")),
        "sort_desc": Field("boolean", "The other way round", default=False),
    }, data=thing(path=TEXT, files=ROWS, total_count=COUNT, directory_count=COUNT, file_count=COUNT)),
    Route("POST", "/v1/file/upload", "Upload a file as multipart/form-data", lambda s, r, v: s.aio.folders.upload(r), {
        "file": Field("string", "The contents", required=True), "path": Field("string", "Where; its name in the workspace by default"),
    }, where=FORM, data=thing(file_path=TEXT, file_size=COUNT, success={"type": "boolean"})),
    Route("GET", "/v1/file/download", "Download a file", lambda s, r, v: s.aio.folders.download(v), {
        "path": PATH,
        "change_policy": Field("string", "Whether a file that changes meanwhile is an error (409)", default="ignore", choices=("ignore", "abort")),
    }, where=QUERY, content="application/octet-stream"),
]  # fmt: skip

ROUTES = [*SHELL_ROUTES, *FILE_ROUTES, *CODE_ROUTES, *BROWSER_ROUTES, *ABOUT_ROUTES]


def routes_of(services: Services) -> list[Route]:
    """Those that this sandbox can answer."""
    return ROUTES if services.settings.cdp is not None else [route for route in ROUTES if route not in BROWSER_ROUTES]
