"""What the routes lead to, and how all of it is taken down again."""

from __future__ import annotations

import os
import sys
import threading

from sandbox_agent.errors import Conflict, NotFound
from sandbox_agent.settings import SECRETS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from sandbox_agent.aio import Aio
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_policy import Policy
    from sandbox_agent.calls import Calls
    from sandbox_agent.changes import Changes
    from sandbox_agent.commands import Commands
    from sandbox_agent.desktop import Desktop
    from sandbox_agent.files import Files
    from sandbox_agent.interpreter import Cells
    from sandbox_agent.mcp import McpServers
    from sandbox_agent.mcp_transport import McpTransport
    from sandbox_agent.overflow import OverflowFolder
    from sandbox_agent.ports import Ports
    from sandbox_agent.processes import Processes
    from sandbox_agent.reset import FirstState
    from sandbox_agent.server import Server
    from sandbox_agent.settings import Settings
    from sandbox_agent.shell import Shell
    from sandbox_agent.watcher import Watcher
    from sandbox_agent.wire import Caller
    from sandbox_agent.workspace import Workspace

    T = TypeVar("T")


class Services:
    """What the routes lead to. Each is imported and made when first used: most sandboxes never use most of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.own_port = 0  # where the agent itself listens, if it is a port
        self.server: Server | None = None
        self.desktop: Desktop | None = None  # of an image that has a screen
        self.is_being_reset = False
        self._lock = threading.RLock()
        self._made: dict[object, object] = {}

    def _once(self, kind: type[T], make: Callable[[], T]) -> T:
        with self._lock:
            service = self._made.get(kind)
            if not isinstance(service, kind):
                service = self._made[kind] = make()
            return service

    @property
    def processes(self) -> Processes:
        from sandbox_agent.processes import Processes

        with self._lock:  # what the first process finds is the first state
            if os.getpid() == 1:
                self._first_state()
            return self._once(Processes, lambda: Processes(self.settings, SECRETS))

    def _first_state(self) -> FirstState:
        from sandbox_agent.reset import FirstState

        return self._once(FirstState, lambda: FirstState(self.settings))

    @property
    def calls(self) -> Calls:
        from sandbox_agent.calls import Calls

        return self._once(Calls, Calls)

    @property
    def overflow(self) -> OverflowFolder:
        from sandbox_agent.overflow import OverflowFolder

        return self._once(OverflowFolder, lambda: OverflowFolder(self.settings))

    @property
    def shell(self) -> Shell:
        from sandbox_agent.shell import Shell

        return self._once(Shell, lambda: Shell(self.processes, self.calls, self.overflow, self.settings))

    @property
    def commands(self) -> Commands:
        from sandbox_agent.commands import Commands

        return self._once(Commands, lambda: Commands(self.processes, self.settings))

    @property
    def cells(self) -> Cells:
        from sandbox_agent.interpreter import Cells

        return self._once(Cells, self.new_cells)

    def new_cells(self) -> Cells:
        """An interpreter apart from that of `cells`."""
        from sandbox_agent.interpreter import Cells

        return Cells(self.processes, self.calls, self.overflow, self.settings)

    @property
    def mcp(self) -> McpServers:
        from sandbox_agent.mcp import McpServers

        return self._once(McpServers, lambda: McpServers(self.processes, self.calls, self.settings))

    def start_servers(self) -> None:
        """The tools that the sandbox brings, if it brings any: the agent's own, and its image's MCP servers."""
        own = {}
        if self.settings.cdp is not None:
            from sandbox_agent.mcp_server import OwnServer

            own["playwright"] = OwnServer(self._browser_transport)
        if "filesystem" in self.settings.features:
            from sandbox_agent.mcp_server import OwnServer

            own["filesystem"] = OwnServer(self._filesystem_transport)
        if own or os.path.exists(self.settings.mcp_config):
            self.mcp.start(own, self.settings.mcp_config)

    def _browser_transport(self) -> McpTransport:
        from sandbox_agent.browser_files import BrowserFiles
        from sandbox_agent.browser_server import browser_transport

        return browser_transport(self.browser, BrowserFiles(self.settings.workspace))

    @property
    def browser(self) -> Browser:
        if self.settings.cdp is None:
            raise NotFound("this sandbox has no browser: use one of a type that has")
        from sandbox_agent.browser import Browser

        address = self.settings.cdp
        return self._once(Browser, lambda: Browser(address))

    @property
    def browser_policy(self) -> Policy:
        from sandbox_agent.browser_policy import Policy

        settings = self.settings
        return self._once(Policy, lambda: Policy(settings.browser_policies, settings.environment))

    def _filesystem_transport(self) -> McpTransport:
        from sandbox_agent.fs_tool_list import TOOLS
        from sandbox_agent.fs_tools import FilesystemTools
        from sandbox_agent.own_transport import OwnTransport, Patience

        return OwnTransport(TOOLS, FilesystemTools(self.settings).call, Patience)

    @property
    def aio(self) -> Aio:
        from sandbox_agent.aio import Aio

        return self._once(Aio, lambda: Aio(self))

    @property
    def workspace(self) -> Workspace:
        from sandbox_agent.workspace import Workspace

        return self._once(Workspace, lambda: Workspace(self.settings.workspace))

    @property
    def changes(self) -> Changes:
        from sandbox_agent.changes import Changes

        return self._once(Changes, lambda: Changes(self.settings.workspace))

    @property
    def files(self) -> Files:
        from sandbox_agent.files import Files

        return self._once(Files, lambda: Files(self.settings))

    @property
    def watcher(self) -> Watcher:
        from sandbox_agent.watcher import Watcher

        return self._once(Watcher, lambda: Watcher(self.processes, self.settings))

    @property
    def ports(self) -> Ports:
        from sandbox_agent.ports import Ports

        return self._once(Ports, lambda: Ports(self.own_port, max(1, self.settings.max_connections // 2)))

    def start_desktop(self) -> None:
        """If the image has a screen. Raises `SettingError` if what it says of it cannot be used."""
        if os.path.exists(self.settings.desktop_config):
            from sandbox_agent.desktop import Desktop

            self.desktop = Desktop(self.processes, self.settings)
            self.desktop.begin()

    def reset(self, caller: Caller) -> Json:
        """See `reset`. One at a time, and nothing else meanwhile."""
        from sandbox_agent.reset import Reset

        with self._lock:
            if self.is_being_reset:
                raise Conflict("the sandbox is being reset already")
            self.is_being_reset = True
        try:
            told = Reset(self._first_state(), self.settings).run(lambda: self._end_calls(caller), self._forget)
            if self.desktop is not None:
                self.desktop.begin_again()
            self.start_servers()
            missing = self.desktop.wait() if self.desktop is not None else None
            if missing is not None:
                told["restored"] = False
                told["problems"] = [*_list(told["problems"]), missing]
            return told
        finally:
            self.is_being_reset = False

    def _end_calls(self, caller: Caller) -> None:
        self.calls.cancel_all()
        if self.server is not None:
            self.server.end_others(caller)

    def _forget(self) -> None:
        if self.desktop is not None:
            self.desktop.cease()
        self.mcp.stop_all()
        self.cells.restart()
        self.commands.clear()
        if self._has("aio"):
            self.aio.forget()
        self.files.discard_uploads()
        self.changes.forget()
        if self.settings.cdp is not None:
            self.browser.forget()
            self.browser_policy.reset()

    def reap(self) -> None:
        """Collects children that have ended."""
        with self._lock:  # as long as nothing was started they can only be adopted ones, and nobody's to wait for
            if not self._has("processes"):
                _collect_orphans()
                return
        self.processes.reap()

    def stop(self) -> None:
        """Ends every process and removes every half-written file. Threads end with the process."""
        if self.desktop is not None:
            self.desktop.cease()
        if self._has("processes"):
            self.processes.kill_all()
        if self._has("files"):
            self.files.discard_uploads()

    def _has(self, module: str) -> bool:
        return f"sandbox_agent.{module}" in sys.modules


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _collect_orphans() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:  # there are none
        return
