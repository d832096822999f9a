"""`/v1/sandbox`: what this sandbox is and what is in it."""

from __future__ import annotations

import os
import platform
import pwd
import re
import shutil
import time

from sandbox_agent import call
from sandbox_agent.output import BoundedOutput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings

VERSION = "1.9.4"  # of the API that is spoken
LISTENS = "0A"
LOOK_SECONDS = 5.0
TOOLS = {
    "shell": {"bash": "shell", "jq": "JSON", "rg": "search in files", "less": "pager"},
    "network": {"curl": "HTTP client", "wget": "HTTP client", "ssh": "remote shell"},
    "development": {"git": "version control", "patch": "apply diffs", "pip": "Python packages", "npm": "Node.js packages", "gcc": "C compiler"},
    "archives": {"tar": "archives", "zip": "archives", "unzip": "archives", "xz": "compression"},
    "browser": {"chromium": "web browser"},
}


class AioSandbox:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self._versions: dict[str, str] = {}  # by program: they do not change

    def describe(self) -> Json:
        home = self._settings.environment.get("HOME") or os.path.expanduser("~")
        system: Json = {
            "os": platform.system(), "os_version": _os_version(), "arch": platform.machine(), "user": _user(), "home_dir": home,
            "workspace": self._settings.workspace, "timezone": time.tzname[0], "occupied_ports": occupied_ports(),
        }  # fmt: skip
        runtime = {"python": self._runtimes("python3", ["python"]), "nodejs": self._runtimes("node", ["nodejs"])}
        detail = {"system": system, "runtime": runtime, "utils": self._utils()}
        return {"home_dir": home, "workspace": self._settings.workspace, "version": VERSION, "detail": detail}

    def _path(self, program: str) -> str | None:
        return shutil.which(program, path=self._settings.environment.get("PATH"))

    def _runtimes(self, program: str, others: list[str]) -> list[Json]:
        path = self._path(program)
        if path is None:
            return []
        alias = [found for found in map(self._path, others) if found is not None]
        return [{"ver": self._version(path), "bin": path, "alias": alias}]

    def _version(self, path: str) -> str:
        if path not in self._versions:
            outputs = BoundedOutput(4096), BoundedOutput(4096)
            call.run(self._processes, [path, "--version"], cwd="/", timeout=LOOK_SECONDS, caller=None, outputs=outputs)
            found = re.search(r"\d+(\.\d+)+", outputs[0].text())
            self._versions[path] = found[0] if found else ""
        return self._versions[path]

    def _utils(self) -> list[Json]:
        rows: list[Json] = []
        for category, tools in TOOLS.items():
            found = [{"name": name, "description": text} for name, text in tools.items() if self._path(name)]
            if found:
                rows.append({"category": category, "tools": found})
        return rows


def occupied_ports() -> list[str]:
    """Ports that somebody in this sandbox listens on."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except FileNotFoundError:  # no such protocol here
            continue
        ports |= {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTENS}
    return [str(port) for port in sorted(ports)]


def _os_version() -> str:
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            found = re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.MULTILINE)
    except FileNotFoundError:
        found = None
    return found[1] if found else platform.release()


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a number without a name
        return str(os.getuid())
