"""Runs git in the workspace such that nothing in the repository decides what is executed.

The repository belongs to whoever works in the sandbox: its hooks, filters, file system monitor, signing and diff
programs are switched off, and git looks neither at configuration of the user nor of the machine.
"""

from __future__ import annotations

import os
import subprocess
import time

from sandbox_agent import call
from sandbox_agent.errors import ToolFailed
from sandbox_agent.output import BoundedOutput
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

MAX_OUTPUT = 64 << 20
CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "git.config")
OVERRIDES = (
    "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
    "-c", "core.attributesFile=/dev/null", "-c", "core.quotePath=true", "-c", "commit.gpgSign=false",
    "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false",
    "-c", "submodule.recurse=false", "-c", "diff.submodule=short", "-c", "log.showSignature=false",
    "-c", "i18n.commitEncoding=UTF-8", "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip
FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"


class Git:
    """The git commands of one request, within its time limit."""

    def __init__(self, processes: Processes, settings: Settings, caller: Caller) -> None:
        self._processes = processes
        self._workspace = settings.workspace
        self._caller = caller
        self._timeout = settings.call_timeout
        self._deadline = time.monotonic() + settings.call_timeout
        self._folder = os.path.join(settings.workspace, ".git")
        self._overrides = list(OVERRIDES)

    def open(self) -> None:
        """Makes the repository if there is none: a workspace is often an empty folder mounted over the image's."""
        os.makedirs(self._workspace, exist_ok=True)
        if not os.path.exists(self._folder):
            self.run("init", "--quiet", "--template=")
        for name in self._filters():
            self._overrides += ["-c", f"{name}={'false' if name.endswith('.required') else ''}"]

    def _filters(self) -> list[str]:
        """A filter is named by the repository, so each must be looked up to be switched off."""
        found = self.run("config", "--includes", "--name-only", "-z", "--get-regexp", FILTERS, accept=(0, 1))
        return [name for name in found.decode("utf-8", "replace").split("\0") if name]

    def run(
        self,
        *arguments: str,
        data: bytes | None = None,
        env: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
    ) -> bytes:
        """What git prints; `data` is its standard input. Another exit status than expected is a `ToolFailed`."""
        stdin = subprocess.DEVNULL
        if data is not None:
            stdin = os.memfd_create("git")
            with open(stdin, "wb", closefd=False) as file:
                file.write(data)
            os.lseek(stdin, 0, os.SEEK_SET)
        try:
            finished = call.run(
                self._processes,
                ["git", *self._overrides, *arguments],
                cwd=self._workspace,
                timeout=max(0.001, self._deadline - time.monotonic()),
                caller=self._caller,
                outputs=(BoundedOutput(MAX_OUTPUT), BoundedOutput(MAX_OUTPUT)),
                env={**self._environment(), **(env or {})},
                stdin=stdin,
            )
        except FileNotFoundError as error:
            raise ToolFailed("git is not installed in this sandbox") from error
        except ClientGone:
            self._unlock()
            raise
        finally:
            if stdin >= 0:
                os.close(stdin)
        if finished.timed_out:
            self._unlock()
            raise ToolFailed(f"git {arguments[0]}: the time limit of {self._timeout:g} s was reached")
        if finished.returncode not in accept:
            reason = finished.stderr.text().strip() or f"exit status {finished.returncode}"
            raise ToolFailed(f"git {arguments[0]}: {reason}")
        if not finished.stdout.is_complete:
            raise ToolFailed(f"git {arguments[0]}: the output is larger than {MAX_OUTPUT} bytes")
        return finished.stdout.data()

    def _unlock(self) -> None:
        """A git that was killed leaves its lock, and every later one would fail on it."""
        try:
            os.unlink(os.path.join(self._folder, "index.lock"))
        except OSError:  # it had none
            return

    def _environment(self) -> dict[str, str]:
        return {
            "GIT_DIR": self._folder,
            "GIT_WORK_TREE": self._workspace,
            "GIT_CONFIG_GLOBAL": CONFIG,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CEILING_DIRECTORIES": os.path.dirname(self._workspace),
            "GIT_AUTHOR_NAME": "User",
            "GIT_AUTHOR_EMAIL": "user@example.com",
            "GIT_COMMITTER_NAME": "User",
            "GIT_COMMITTER_EMAIL": "user@example.com",
            "GIT_ALLOW_PROTOCOL": "none",  # objects that are elsewhere are not fetched
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_EDITOR": "true",
            "GIT_PAGER": "cat",
            "LC_ALL": "C.UTF-8",
        }
