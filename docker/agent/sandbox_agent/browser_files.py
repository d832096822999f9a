"""The files that browser tools write into the workspace, and those that they give to a page."""

from __future__ import annotations

import os
import time

from sandbox_agent.cdp_errors import CdpFailed
from sandbox_agent.confined import Confined
from sandbox_agent.errors import AgentError

WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK


class BrowserFiles:
    def __init__(self, workspace: str) -> None:
        self._confined = Confined(workspace)

    def save(self, name: str, data: bytes) -> str:
        """Where it is now."""
        try:
            names = self._confined.names(name)
            with self._confined.find(names, create=True) as place:
                descriptor = place.open(WRITE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except (AgentError, OSError) as error:
            raise CdpFailed(f"{name!r} cannot be written: {error}; choose another name in {self._confined.path}") from error
        return self._confined.written(names)

    def readable(self, paths: list[str]) -> list[str]:
        found = []
        for path in paths:
            full = os.path.join(self._confined.path, path)
            if not os.path.isfile(full) or not os.access(full, os.R_OK):
                raise CdpFailed(f"there is no file {full} that can be read: give paths inside the sandbox")
            found.append(full)
        return found


def stamped(kind: str) -> str:
    """A name for what was given none."""
    now = time.time()
    return time.strftime("page-%Y-%m-%dT%H-%M-%S", time.gmtime(now)) + f"-{int(now * 1000) % 1000:03d}Z.{kind}"
