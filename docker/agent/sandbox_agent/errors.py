"""Every failure that has a name, and the one place that turns it into a reply."""

from __future__ import annotations

import errno

from sandbox_agent.http1 import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class AgentError(Exception):
    """A failure that is told to the client: `{"detail": <text>}` with the status of its class."""

    status = 500
    text = "Internal Server Error"

    def __init__(self, text: str | None = None) -> None:
        super().__init__(self.text if text is None else text)


class RouteUnknown(AgentError):
    status, text = 404, "Not Found"


class MethodUnknown(AgentError):
    status, text = 405, "Method Not Allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self.allowed = ", ".join(allowed)


class MissingToken(AgentError):
    status, text = 403, "Missing or invalid authorization header"


class InvalidToken(AgentError):
    status, text = 403, "Invalid secret token"


class InvalidArguments(AgentError):
    """422 with one row for each argument that is wrong, as FastAPI writes them."""

    status = 422

    def __init__(self, row: Mapping[str, object], *others: Mapping[str, object]) -> None:
        super().__init__(str(row.get("msg")))
        self.rows = [row, *others]


class BodyTooLarge(AgentError):
    status = 413


class BadArgument(AgentError):
    status = 400


class ToolFailed(AgentError):
    """The tool, mcp and watcher routes answer 500 for whatever they cannot do, a missing argument included."""


class OutsideWorkspace(AgentError):
    status = 403

    def __init__(self, workspace: str) -> None:
        super().__init__(f"Permission error. Access restricted to {workspace} directory.")


class NotFound(AgentError):
    status, text = 404, "not found"


class Conflict(AgentError):
    status = 409


class Gone(AgentError):
    status = 410


class BadGateway(AgentError):
    """A service in the sandbox could not be reached, or does not speak HTTP."""

    status = 502


class Unavailable(AgentError):
    status = 503


class NotText(AgentError):
    status, text = 415, "the file is not UTF-8 text: read it with format=bytes"


class RangeNotSatisfiable(AgentError):
    status, text = 416, "the range begins behind the end of the file"

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class StorageFailed(AgentError):
    """The file system said no; the status follows from its reason."""

    STATUS = {
        errno.EACCES: 403,
        errno.EPERM: 403,
        errno.EROFS: 403,
        errno.ENOENT: 404,
        errno.ENOTDIR: 409,
        errno.EISDIR: 409,
        errno.EEXIST: 409,
        errno.ENOTEMPTY: 409,
        errno.EBUSY: 409,
        errno.EXDEV: 409,
        errno.EINVAL: 409,
        errno.ENAMETOOLONG: 400,
        errno.ELOOP: 400,
        errno.ENOSPC: 507,
        errno.EDQUOT: 507,
    }

    def __init__(self, error: OSError) -> None:
        super().__init__((error.strerror or str(error)).lower())
        self.status = self.STATUS.get(error.errno or 0, 500)


def reply_to(error: Exception) -> Reply:
    """The reply for a failure; anything without a name is a 500 that tells its kind but not our insides."""
    if isinstance(error, InvalidArguments):
        return Reply.json({"detail": error.rows}, error.status)
    if not isinstance(error, AgentError):
        return Reply.json({"detail": f"Internal Server Error: {type(error).__name__}: {error}"}, 500)
    reply = Reply.json({"detail": str(error)}, error.status)
    if isinstance(error, MethodUnknown):
        reply.headers.append(("allow", error.allowed))
    if isinstance(error, RangeNotSatisfiable):
        reply.headers.append(("content-range", f"bytes */{error.size}"))
    return reply
