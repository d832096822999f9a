"""Limits by control groups, where this user may make them: version 1, one hierarchy for each controller, or version 2."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from sandbox_supervisor.orders import Limits

MOUNT = Path("/sys/fs/cgroup")
NAME = "sandbox-manager"
CONTROLLERS = ("memory", "pids", "cpu")
PERIOD = 100_000  # microseconds, the kernel's own
BLOCK = 512  # bytes, in which a shell counts the size of files
ENTER = 'ulimit -f "$1" && shift && while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done && shift && exec "$@"'


class Group:
    """The groups of one sandbox. What starts is put in by itself, before it becomes the sandbox."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    def enter(self) -> None:
        for folder in self._folders:
            (folder / "cgroup.procs").write_text("0")

    def entrance(self, file_size: int) -> list[str]:
        """The beginning of a command that enters by itself, and limits the size of a file (bytes, 0 for any)."""
        size = str(file_size // BLOCK) if file_size else "unlimited"
        return ["/bin/sh", "-c", ENTER, "sh", size, *(str(folder / "cgroup.procs") for folder in self._folders), "--"]

    def out_of_memory(self) -> bool:
        """Whether the kernel ended a process for want of memory."""
        for folder in self._folders:
            for name in ("memory.events", "memory.oom_control"):
                for line in _read(folder / name).splitlines():
                    key, _, count = line.partition(" ")
                    if key == "oom_kill" and count.strip() not in ("", "0"):
                        return True
        return False

    def kill(self) -> None:
        """All that is in it, wherever it has gone to by itself."""
        for folder in self._folders:
            for process in _read(folder / "cgroup.procs").split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)

    def remove(self) -> bool:
        """Whether it is gone; while a process is still ending it cannot be removed."""
        left = []
        for folder in self._folders:
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                left.append(folder)
        self._folders = left
        return not left


class Cgroups:
    """Makes groups. `controllers` are those that can be limited so; the others are left to rlimits."""

    def __init__(self, mount: Path = MOUNT, own: str = "/proc/self/cgroup") -> None:
        self._parents: dict[str, Path] = {}
        self._version = 2 if (mount / "cgroup.controllers").exists() else 1
        name = f"{NAME}-{os.getpid()}"
        if self._version == 2:
            self._prepare_unified(mount / name, mount)
        else:
            places = dict(_places(_read(Path(own))))
            for controller in CONTROLLERS:
                self._prepare(controller, mount / controller, places.get(controller, "/"), name)

    @property
    def controllers(self) -> list[str]:
        return list(self._parents)

    def _prepare(self, controller: str, hierarchy: Path, place: str, name: str) -> None:
        for parent in (hierarchy / place.lstrip("/"), hierarchy):  # in a container the place is that of the host
            if (parent / "cgroup.procs").exists():
                if _make(parent / name):
                    self._parents[controller] = parent / name
                return

    def _prepare_unified(self, folder: Path, mount: Path) -> None:
        enabled = _read(mount / "cgroup.subtree_control").split()
        wanted = [controller for controller in CONTROLLERS if controller in enabled]
        if not wanted or not _make(folder):
            return
        try:
            (folder / "cgroup.subtree_control").write_text(" ".join(f"+{controller}" for controller in wanted))
        except OSError:
            folder.rmdir()
            return
        for controller in wanted:
            self._parents[controller] = folder

    def make(self, ref: str, limits: Limits) -> Group:
        folders: list[Path] = []
        try:
            for controller, parent in self._parents.items():
                folder = parent / ref
                if folder not in folders:
                    folder.mkdir()
                    folders.append(folder)
                for name, value in _values(controller, limits, self._version):
                    (folder / name).write_text(value)
        except OSError:
            Group(folders).remove()
            raise
        return Group(folders)

    def close(self) -> None:
        for parent in set(self._parents.values()):
            _remove_tree(parent)


def remove_abandoned(mount: Path = MOUNT) -> None:
    """Removes the groups of supervisors that are gone; those of living ones have processes or a living owner."""
    for pattern in (f"{NAME}-*", f"*/{NAME}-*", f"*/*/*/{NAME}-*", f"*/*/{NAME}-*"):
        for folder in mount.glob(pattern):
            owner = folder.name.rpartition("-")[2]
            if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
                _remove_tree(folder)


def _values(controller: str, limits: Limits, version: int) -> list[tuple[str, str]]:
    if controller == "memory" and limits.memory:
        if version == 2:
            return [("memory.max", str(limits.memory)), ("memory.swap.max", "0")]
        return [("memory.limit_in_bytes", str(limits.memory))]
    if controller == "pids" and limits.pids:
        return [("pids.max", str(limits.pids))]
    if controller == "cpu" and limits.cpus:
        quota = max(1000, int(limits.cpus * PERIOD))
        if version == 2:
            return [("cpu.max", f"{quota} {PERIOD}")]
        return [("cpu.cfs_period_us", str(PERIOD)), ("cpu.cfs_quota_us", str(quota))]
    return []


def _places(text: str) -> list[tuple[str, str]]:
    places = []
    for line in text.splitlines():
        _, controllers, place = line.split(":", 2)
        places += [(controller, place) for controller in controllers.split(",") if controller]
    return places


def _make(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
        return os.access(folder / "cgroup.procs", os.W_OK)
    except OSError:
        return False


def _remove_tree(folder: Path) -> None:
    try:
        children = [child for child in folder.iterdir() if child.is_dir()]
        for child in children:
            child.rmdir()
        folder.rmdir()
    except OSError:  # somebody else did, or something in it still ends
        return


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
