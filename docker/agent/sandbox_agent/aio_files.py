"""The AIO routes of files: whatever the sandbox's user may reach, by absolute paths or from the workspace on."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import stat
import sys

from sandbox_agent import call
from sandbox_agent.aio_errors import AioFailed, FileErrors, file_failed, refuse_sudo
from sandbox_agent.confined import Confined, Place
from sandbox_agent.fs_access import readable
from sandbox_agent.output import BoundedOutput
from sandbox_agent.uploads import Uploads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

BLOCK = 1 << 20
SEARCH_SECONDS = 30.0
KERNEL = ("/proc", "/sys")  # a write there is no write of a file, and the agent's own memory is there
# In a process of its own: a pattern may take for ever, and an interpreter cannot be interrupted while it matches.
SEARCH = """
import json, re, sys
pattern = re.compile(sys.argv[1])
rows = [(n, line.rstrip("\\n")) for n, line in enumerate(open(int(sys.argv[2]), encoding="utf-8", errors="replace"), 1) if pattern.search(line)]
print(json.dumps({"matches": [line for _, line in rows], "line_numbers": [n for n, _ in rows]}))
"""


class AioFiles:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self.uploads = Uploads()
        self.confined = Confined("/")

    def path(self, given: str) -> str:
        return os.path.normpath(os.path.join(self._settings.workspace, given))

    def find(self, path: str, *, create: bool = False) -> Place:
        place = self.confined.find(self.confined.names(path), create=create)
        try:
            device = os.fstat(place.folder).st_dev
            if any(os.path.isdir(root) and os.stat(root).st_dev == device for root in KERNEL):
                raise file_failed(path, "open", "invalid_path", f"{path} belongs to the kernel and is no file", "use /v1/shell/exec")
        except BaseException:
            os.close(place.folder)
            raise
        return place

    def workspace(self) -> Place:
        """The folder itself, made again if a command has removed it."""
        return self.confined.find([*self.confined.names(self._settings.workspace), "."], create=True)

    def open_file(self, path: str, operation: str) -> int:
        with FileErrors(path, operation):
            with self.find(path) as place:
                descriptor = place.open(os.O_RDONLY | os.O_NONBLOCK)
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISREG(mode):
                return descriptor
            os.close(descriptor)
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(21, "Is a directory")
            raise file_failed(path, operation, "not_a_file", f"{path} is no regular file")

    def text(self, path: str, operation: str) -> str:
        descriptor = self.open_file(path, operation)
        try:
            size, most = os.fstat(descriptor).st_size, self._settings.max_json
            if size > most:
                hint = "use /v1/file/download"
                raise file_failed(path, operation, "too_large", f"{path} has {size} bytes, more than the {most} of an answer", hint)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(most).decode("utf-8")
        except UnicodeDecodeError:
            hint = "use /v1/file/download"
            raise file_failed(path, operation, "not_text", f"{path} is not UTF-8 text", hint) from None
        finally:
            os.close(descriptor)

    def read(self, values: dict[str, Any]) -> Json:
        refuse_sudo(values["sudo"])
        path = self.path(values["file"])
        text = self.text(path, "read")
        if values["start_line"] is not None or values["end_line"] is not None:
            text = "".join(text.splitlines(keepends=True)[values["start_line"] or 0 : values["end_line"]])
        return {"content": text, "file": path}

    def write(self, values: dict[str, Any]) -> Json:
        refuse_sudo(values["sudo"])
        path = self.path(values["file"])
        data = self._data(path, values)
        with FileErrors(path, "write"):
            if values["append"]:
                self._append(path, data)
            else:
                self.replace_whole(path, data)
        return {"file": path, "bytes_written": len(data)}

    def _data(self, path: str, values: dict[str, Any]) -> bytes:
        text: str = values["content"]
        if values["encoding"] == "base64":
            try:
                return base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                raise file_failed(path, "write", "invalid_content", "content is not base64", "or leave encoding away") from None
        if values["encoding"] == "raw":
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError:
                hint = "use base64 for bytes, utf-8 for text"
                raise file_failed(path, "write", "invalid_content", "content has characters that are no bytes", hint) from None
        before, after = ("\n" if values[end] else "" for end in ("leading_newline", "trailing_newline"))
        return f"{before}{text}{after}".encode("utf-8")

    def _append(self, path: str, data: bytes) -> None:
        with self.find(path, create=True) as place:
            self.replaceable(path, place)
            descriptor = place.open(os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK)
        with open(descriptor, "wb") as file:
            file.write(data)

    def replace_whole(self, path: str, data: bytes) -> None:
        """All of it or nothing; folders are made, and a file that is there keeps its mode."""
        with self.find(path, create=True) as place:
            previous = self.replaceable(path, place)
            with self.uploads.begin(place.folder) as upload:
                upload.write(data)
                upload.publish(place.folder, place.name, previous)

    def replaceable(self, path: str, place: Place) -> os.stat_result | None:
        info = place.stat()
        if place.name == "." or (info is not None and stat.S_ISDIR(info.st_mode)):
            raise IsADirectoryError(21, "Is a directory")
        if info is not None and not stat.S_ISREG(info.st_mode):
            raise file_failed(path, "write", "not_a_file", f"{path} is no regular file")
        return info

    def replace(self, values: dict[str, Any]) -> Json:
        refuse_sudo(values["sudo"])
        path, old = self.path(values["file"]), values["old_str"]
        if not old:
            raise file_failed(path, "replace", "invalid_content", "old_str is empty", "give the text that is to be replaced")
        text = self.text(path, "replace")
        count = text.count(old)
        if count:
            with FileErrors(path, "replace"):
                self.replace_whole(path, text.replace(old, values["new_str"]).encode("utf-8"))
        return {"file": path, "replaced_count": count}

    def search(self, values: dict[str, Any], caller: Caller) -> Json:
        refuse_sudo(values["sudo"])
        path, pattern = self.path(values["file"]), values["regex"]
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise AioFailed(f"regex: {error}", "Python's syntax of regular expressions is used") from None
        descriptor = self.open_file(path, "search")
        outputs = BoundedOutput(self._settings.max_json), BoundedOutput(1 << 16)
        arguments = [sys.executable, "-I", "-S", "-c", SEARCH, pattern, str(descriptor)]
        try:
            done = call.run(self._processes, arguments, cwd="/", timeout=SEARCH_SECONDS, caller=caller, outputs=outputs, pass_fds=[descriptor])
        finally:
            os.close(descriptor)
        if done.timed_out:
            raise AioFailed(f"the search took more than {SEARCH_SECONDS:g} s", "a simpler regex is faster")
        if done.returncode or not outputs[0].is_complete:
            raise AioFailed(f"the search failed: {outputs[1].text()[-500:] or 'there are too many matches'}")
        found: Json = json.loads(outputs[0].data())
        return {"file": readable(path), **found}
