"""Writes the members of an archive into a folder of the workspace; none of them gets anywhere else."""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
import zlib

from sandbox_agent.archive import Member, tar_members, zip_members
from sandbox_agent.confined import Confined, Place
from sandbox_agent.errors import BadArgument, Conflict, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox_agent.arguments import Json
    from sandbox_agent.http1 import Body
    from sandbox_agent.uploads import Uploads

BLOCK = 1 << 20
MALFORMED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Unpacking:
    def __init__(self, confined: Confined, uploads: Uploads, names: list[str]) -> None:
        self._confined = confined
        self._uploads = uploads
        self._names = names
        self._modes: list[tuple[list[str], int]] = []
        self._counts = {"files": 0, "directories": 0, "links": 0, "bytes": 0}

    def run(self, kind: str, body: Body) -> Json:
        """Each file appears when it is complete; what was written before a failure stays."""
        try:
            if kind == "zip":
                self._unpack_zip(body)
            else:
                self._unpack(tar_members(body.read))
        except MALFORMED as error:
            raise BadArgument(f"the body is not a {kind} archive, or a broken one: {error}") from error
        while body.read(BLOCK):  # padding after the end of the archive
            pass
        for names, mode in reversed(self._modes):  # a folder without the right to write was needed until now
            with self._confined.find(names, follow=False) as place:
                os.chmod(place.name, mode, dir_fd=place.folder)
        return {**self._counts}

    def _unpack_zip(self, body: Body) -> None:
        with self._confined.find([]) as root, self._uploads.begin(root.folder) as spool:
            while piece := body.read(BLOCK):
                spool.write(piece)
            with open(spool.descriptor, "rb", closefd=False) as file:
                self._unpack(zip_members(file))

    def _unpack(self, members: Iterator[Member]) -> None:
        for member in members:
            names = self._below(member.name)
            if member.kind == "dir":
                self._make_folder(names, member)
            elif member.kind == "file":
                self._write(names, member)
            elif member.kind in ("symlink", "link"):
                self._link(names, member)
            else:
                raise BadArgument(f"{member.name!r} is neither a file nor a directory nor a link")

    def _below(self, name: str) -> list[str]:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or "\0" in name:
            raise BadArgument(f"{name!r} leads out of the folder that is unpacked into")
        return [*self._names, *parts]

    def _make_folder(self, names: list[str], member: Member) -> None:
        if len(names) == len(self._names):
            return
        with self._confined.find(names, create=True) as place:
            try:
                if place.name != ".":
                    os.mkdir(place.name, 0o777, dir_fd=place.folder)
            except FileExistsError:
                info = place.stat()
                if info is None or not stat.S_ISDIR(info.st_mode):
                    raise Conflict(f"{member.name} exists and is not a directory") from None
        self._modes.append((names, stat.S_IMODE(member.mode) & 0o777))
        self._counts["directories"] += 1

    def _write(self, names: list[str], member: Member) -> None:
        assert member.read is not None
        with self._confined.find(names, create=True) as place:
            _check_free(place, member.name)
            with self._uploads.begin(place.folder) as upload:
                while data := member.read(BLOCK):
                    upload.write(data)
                    self._counts["bytes"] += len(data)
                upload.describe(stat.S_IMODE(member.mode) & 0o777, member.mtime)
                upload.publish(place.folder, place.name, None)
        self._counts["files"] += 1

    def _link(self, names: list[str], member: Member) -> None:
        with self._confined.find(names, follow=False, create=True) as place:
            previous = _check_free(place, member.name)
            if previous is not None:
                os.unlink(place.name, dir_fd=place.folder)
            if member.kind == "symlink":
                os.symlink(member.target, place.name, dir_fd=place.folder)
            else:
                self._link_again(place, member)
        self._counts["links"] += 1

    def _link_again(self, place: Place, member: Member) -> None:
        try:
            with self._confined.find(self._below(member.target), follow=False) as origin:
                ends = {"src_dir_fd": origin.folder, "dst_dir_fd": place.folder}
                os.link(origin.name, place.name, follow_symlinks=False, **ends)
        except FileNotFoundError:
            raise NotFound(f"{member.name} is a link to {member.target}, which did not come before it") from None


def _check_free(place: Place, name: str) -> os.stat_result | None:
    """What would be replaced; a folder is not."""
    info = place.stat()
    if place.name == "." or (info is not None and stat.S_ISDIR(info.st_mode)):
        raise Conflict(f"{name} exists and is a directory")
    return info
