"""How messages get to an MCP server and back."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json


STREAMABLE = ("streamable_http", "streamableHttp", "streamable-http")  # what other configurations call it


class McpFailed(Exception):
    """The server could not be started, did not answer or said no; the text names it."""


class McpTransport:
    """One connection to one server. Not used again after its end."""

    def start(self, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        """Connects. `receive` gets each message, `end` the reason once nothing can come any more (thread: any)."""
        raise NotImplementedError

    def send(self, message: Json) -> None:
        """Hands a message over or raises `McpFailed`; never waits for an answer."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the connection and whatever was started for it. May be repeated."""
        raise NotImplementedError
