"""What an AIO route could not do: told in the envelope, with a hint where there is one."""

from __future__ import annotations

import errno
import os

from sandbox_agent.errors import AgentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from sandbox_agent.arguments import Json

KINDS = {
    errno.ENOENT: "not_found", errno.EACCES: "permission_denied", errno.EPERM: "permission_denied",
    errno.EROFS: "read_only", errno.EISDIR: "is_directory", errno.ENOTDIR: "not_a_directory", errno.EEXIST: "exists",
    errno.ENOSPC: "no_space", errno.EDQUOT: "no_space", errno.ENAMETOOLONG: "invalid_path", errno.ELOOP: "invalid_path",
}  # fmt: skip
RETRYABLE = (errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ETXTBSY)


class AioFailed(AgentError):
    status = 200  # the envelope says that it failed

    def __init__(self, message: str, hint: str | None = None, data: Json | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.data = data


def file_failed(path: str, operation: str, kind: str, message: str, hint: str | None = None) -> AioFailed:
    data: Json = {"path": path, "operation": operation, "message": message, "error_type": kind, "retryable": False}
    return AioFailed(message, hint, data)


class FileErrors:
    """Gives what the file system refuses inside of it the form `FileOperationError`."""

    def __init__(self, path: str, operation: str) -> None:
        self._path = path
        self._operation = operation

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, AioFailed):
            return
        if isinstance(error, OSError) and not isinstance(error, ConnectionError):
            number = error.errno or 0
            reason = os.strerror(number) if number else str(error)
            failed = file_failed(self._path, self._operation, KINDS.get(number, "os_error"), f"{reason}: {self._path}")
            assert failed.data is not None
            failed.data["retryable"] = number in RETRYABLE
            failed.data["errno"] = number or None
            failed.data["errno_name"] = errno.errorcode.get(number)
            failed.data["exception_type"] = type(error).__name__
            raise failed from error
        if isinstance(error, AgentError):
            raise file_failed(self._path, self._operation, "invalid_path", f"{error}: {self._path}") from error


def refuse_sudo(sudo: object) -> None:
    if sudo:
        raise AioFailed(
            "sudo is not available: the sandbox runs as one user without further rights",
            "leave sudo away, and use files of the sandbox's own user",
        )
