"""Which files are written, on both versions of control groups."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from sandbox_supervisor.cgroups import Cgroups
from sandbox_supervisor.orders import Limits

LIMITS = Limits(memory=1 << 20, pids=7, cpus=0.5)


class CgroupsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mount = Path(folder.name)

    def _files(self, folder: Path) -> dict[str, str]:
        return {path.name: path.read_text() for path in folder.iterdir()}

    def test_version_1_has_a_group_in_each_hierarchy(self) -> None:
        own = self.mount / "own"
        own.write_text("4:memory:/of/the/host\n3:cpu,cpuacct:/\n")
        for controller in ("memory", "cpu"):
            (self.mount / controller).mkdir()
            (self.mount / controller / "cgroup.procs").write_text("")
        groups = _WithFiles(self.mount, str(own))
        self.assertEqual(groups.controllers, ["memory", "cpu"])
        groups.make("ref", LIMITS)
        written = [self._files(path) for path in sorted(self.mount.glob("*/*/ref"))]
        self.assertEqual(
            written, [{"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"}, {"memory.limit_in_bytes": "1048576"}]
        )

    def test_version_2_has_one_group_for_what_is_delegated(self) -> None:
        (self.mount / "cgroup.controllers").write_text("cpu memory pids")
        (self.mount / "cgroup.subtree_control").write_text("memory pids")
        groups = _WithFiles(self.mount, "/nonexistent")
        self.assertEqual(groups.controllers, ["memory", "pids"])
        groups.make("ref", LIMITS)
        (folder,) = self.mount.glob("*/ref")
        self.assertEqual(self._files(folder), {"memory.max": "1048576", "memory.swap.max": "0", "pids.max": "7"})

    def test_nothing_is_limited_where_nothing_may_be_written(self) -> None:
        self.assertEqual(Cgroups(self.mount, "/nonexistent").controllers, [])


class _WithFiles(Cgroups):
    """A kernel that makes the files of a new group."""

    def __init__(self, mount: Path, own: str) -> None:
        made = Path.mkdir

        def mkdir(path: Path, *arguments: object, **options: object) -> None:
            made(path, exist_ok=True)
            if path.name.startswith("sandbox-manager-"):
                (path / "cgroup.procs").write_text("")
                (path / "cgroup.subtree_control").write_text("")

        Path.mkdir = mkdir  # type: ignore[assignment, method-assign]
        try:
            super().__init__(mount, own)
        finally:
            Path.mkdir = made  # type: ignore[method-assign]
