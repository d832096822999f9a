"""The tools of the official MCP filesystem server, confined to the workspace."""

from __future__ import annotations

import base64
import json
import os
import stat
import urllib.parse

from sandbox_agent.confined import FOLDER, Confined
from sandbox_agent.fs_access import FsAccess
from sandbox_agent.fs_arguments import checked
from sandbox_agent.fs_edit import edited, fenced_diff, unix_lines
from sandbox_agent.fs_lines import head, tail
from sandbox_agent.fs_texts import MEDIA, any_matches, date, in_units, mark, meant, name_of, word
from sandbox_agent.fs_tool_list import TOOLS
from sandbox_agent.fs_walk import Found, entries, walk
from sandbox_agent.globs import Glob
from sandbox_agent.linux_calls import birth_time, rename_to_new
from sandbox_agent.own_transport import Patience, ToolRefused
from sandbox_agent.uploads import Uploads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.settings import Settings

SCHEMAS = {str(tool["name"]): tool["inputSchema"] for tool in TOOLS}


class FilesystemTools:
    """Each tool is the method of its name; a text is told as it is, and as structured content."""

    def __init__(self, settings: Settings) -> None:
        self._access = FsAccess(Confined(settings.workspace), Uploads(), settings.max_json)

    def call(self, name: str, values: Json, patience: Patience) -> Json:
        if name not in SCHEMAS:
            raise ToolRefused(f"MCP error -32602: Tool {name} not found")
        told = getattr(self, name)(checked(name, SCHEMAS[name], values), patience)
        content: object = told
        if isinstance(told, str):
            told = [{"type": "text", "text": told}]
        return {"content": told, "structuredContent": {"content": content}}

    def read_text_file(self, values: dict[str, Any], _patience: Patience) -> str:
        path, first, last = values["path"], values.get("head"), values.get("tail")
        if first and last:
            raise ToolRefused("Cannot specify both head and tail parameters simultaneously")
        if not first and not last:
            return self._access.read(path).decode("utf-8", "replace")
        descriptor = self._access.open_file(path)
        try:
            if first:
                return head(self._access.pieces(descriptor, path), first)
            return tail(self._access.pieces_from_end(descriptor, path), last or 0)
        finally:
            os.close(descriptor)

    read_file = read_text_file

    def read_media_file(self, values: dict[str, Any], _patience: Patience) -> list[Json]:
        path = values["path"]
        data = base64.b64encode(self._access.read(path)).decode("ascii")
        kind = MEDIA.get(os.path.splitext(path)[1].lower(), "application/octet-stream")
        family = kind.partition("/")[0]
        if family in ("image", "audio"):
            return [{"type": family, "data": data, "mimeType": kind}]
        uri = "file://" + urllib.parse.quote(self._access.written(self._access.names(path)))
        return [{"type": "resource", "resource": {"uri": uri, "mimeType": kind, "blob": data}}]

    def read_multiple_files(self, values: dict[str, Any], patience: Patience) -> str:
        return "\n---\n".join(self._read_one(path, patience) for path in values["paths"])

    def _read_one(self, path: str, patience: Patience) -> str:
        patience.check()
        try:
            return f"{path}:\n{self._access.read(path).decode('utf-8', 'replace')}\n"
        except ToolRefused as error:
            return f"{path}: Error - {error}"

    def write_file(self, values: dict[str, Any], _patience: Patience) -> str:
        self._access.write(values["path"], values["content"].encode("utf-8"))
        return f"Successfully wrote to {values['path']}"

    def edit_file(self, values: dict[str, Any], patience: Patience) -> str:
        path = values["path"]
        before = after = unix_lines(self._access.read(path).decode("utf-8", "replace"))
        for edit in values["edits"]:
            patience.check()
            after = edited(after, edit["oldText"], edit["newText"])
        diff = fenced_diff(self._access.written(self._access.names(path)), before, after)
        if not values["dryRun"]:
            self._access.write(path, after.encode("utf-8"))
        return diff

    def create_directory(self, values: dict[str, Any], _patience: Patience) -> str:
        names = self._access.names(values["path"])
        with self._access.told("mkdir", names):
            with self._access.confined.find(names, create=True) as place:
                if place.name != ".":
                    try:
                        os.mkdir(place.name, dir_fd=place.folder)
                    except FileExistsError:
                        info = place.stat()
                        if info is None or not stat.S_ISDIR(info.st_mode):
                            raise
        return f"Successfully created directory {values['path']}"

    def list_directory(self, values: dict[str, Any], _patience: Patience) -> str:
        return "\n".join(f"{mark(entry)} {name_of(entry)}" for entry in self._entries(self._access.names(values["path"])))

    def list_directory_with_sizes(self, values: dict[str, Any], _patience: Patience) -> str:
        names = self._access.names(values["path"])
        rows = [(entry, self._size(names, entry)) for entry in self._entries(names)]
        if values["sortBy"] == "size":
            rows.sort(key=lambda row: -row[1])
        else:
            rows.sort(key=lambda row: (name_of(row[0]).casefold(), name_of(row[0]).swapcase()))
        sizes = [size for entry, size in rows if not entry.is_folder]
        lines = [
            f"{mark(entry)} {name_of(entry):<30} {'' if entry.is_folder else format(in_units(size), '>10')}"
            for entry, size in rows
        ]
        summary = f"Total: {len(sizes)} files, {len(rows) - len(sizes)} directories"
        return "\n".join([*lines, "", summary, f"Combined size: {in_units(sum(sizes))}"])

    def _entries(self, names: list[str]) -> list[Found]:
        folder = self._access.open_folder(names)
        try:
            return entries(folder, [])
        finally:
            os.close(folder)

    def _size(self, names: list[str], entry: Found) -> int:
        if not entry.is_link:
            return entry.info.st_size
        if self._access.leads_out([*names, *entry.names]):
            return 0
        info = self._access.behind([*names, *entry.names])
        return 0 if info is None else info.st_size

    def directory_tree(self, values: dict[str, Any], patience: Patience) -> str:
        patterns = [Glob(text) for pattern in values["excludePatterns"] for text in meant(pattern)]
        levels: list[list[Json]] = [[]]
        folder = self._access.open_folder(self._access.names(values["path"]))
        try:
            for entry in walk(folder, lambda names: any_matches(patterns, names), patience):
                row: Json = {"name": name_of(entry), "type": "directory" if entry.is_folder else "file"}
                levels[len(entry.names) - 1].append(row)
                if entry.is_folder:
                    children: list[Json] = []
                    row["children"] = children
                    levels[len(entry.names) :] = [children]
        finally:
            os.close(folder)
        return json.dumps(levels[0], ensure_ascii=False, indent=2)

    def move_file(self, values: dict[str, Any], _patience: Patience) -> str:
        source, target = self._access.names(values["source"]), self._access.names(values["destination"])
        find = self._access.confined.find
        with self._access.told("realpath", source):
            find(source).__exit__(None, None, None)  # a link that leads out is not ours to move
        with self._access.told("rename", source, target):
            with find(source, follow=False) as place, find(target, follow=False) as goal:
                try:
                    rename_to_new(place.folder, place.name, goal.folder, goal.name)
                except FileExistsError:
                    raise ToolRefused(f"Destination already exists: {self._access.written(target)}") from None
        return f"Successfully moved {values['source']} to {values['destination']}"

    def search_files(self, values: dict[str, Any], patience: Patience) -> str:
        names = self._access.names(values["path"])
        wanted, excluded = Glob(values["pattern"]), [Glob(text) for text in values["excludePatterns"]]
        found = []
        folder = self._access.open_folder(names)
        try:
            for entry in walk(folder, lambda below: any_matches(excluded, below), patience):
                path = [*names, *entry.names]
                if wanted.matches(entry.names) and not (entry.is_link and self._access.leads_out(path)):
                    found.append(self._access.written(path))
        finally:
            os.close(folder)
        return "\n".join(found) or "No matches found"

    def get_file_info(self, values: dict[str, Any], _patience: Patience) -> str:
        names = self._access.names(values["path"])
        with self._access.told("stat", names):
            with self._access.confined.find(names) as place:
                descriptor = place.open(os.O_PATH)
        try:
            info, born = os.fstat(descriptor), birth_time(descriptor)
        finally:
            os.close(descriptor)
        return "\n".join([
            f"size: {info.st_size}", f"created: {date(born)}", f"modified: {date(info.st_mtime)}",
            f"accessed: {date(info.st_atime)}", f"isDirectory: {word(stat.S_ISDIR(info.st_mode))}",
            f"isFile: {word(stat.S_ISREG(info.st_mode))}", f"permissions: {oct(info.st_mode)[-3:]}",
        ])  # fmt: skip

    def list_allowed_directories(self, _values: dict[str, Any], _patience: Patience) -> str:
        return f"Allowed directories:\n{self._access.root}"
