"""The workspace as an archive, both ways."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable

from tests.harness import AgentCase, Answer, quote

MIB = 1 << 20


def tar_of(build: Callable[[tarfile.TarFile], None], mode: str = "w") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:  # type: ignore[call-overload]
        build(archive)
    return data.getvalue()


def entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644) -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode, info.size, info.mtime = kind, target, mode, len(content), 1_000_000_000
        archive.addfile(info, io.BytesIO(content))

    return add


def together(*parts: Callable[[tarfile.TarFile], None]) -> Callable[[tarfile.TarFile], None]:
    def build(archive: tarfile.TarFile) -> None:
        for part in parts:
            part(archive)

    return build


class ArchiveCase(AgentCase):
    def setUp(self) -> None:
        self.agent.shell("chmod -R u+rwX . ; rm -rf ./* ./.[a-z]*")

    def pack(self, path: str = ".", kind: str = "tar") -> Answer:
        return self.agent.request("GET", f"/workspace/archive?path={quote(path)}&format={kind}")

    def unpack(self, data: bytes, path: str = ".", kind: str = "tar", chunked: bool = False) -> Answer:
        body = io.BytesIO(data) if chunked else data
        url = f"/workspace/archive?path={quote(path)}&format={kind}"
        return self.agent.request("PUT", url, body, {"Transfer-Encoding": "chunked"} if chunked else {}, chunked=chunked)

    def read(self, *names: str) -> bytes:
        with open(self.agent.path(*names), "rb") as file:
            return file.read()


class PackTest(ArchiveCase):
    def build(self) -> None:
        self.agent.shell(
            "mkdir -p d/empty; echo hello >d/f; chmod 751 d/f; ln -s f d/l; mkfifo d/p; printf x >'d/ü b'; touch -d @1000000000 d/f"
        )

    def test_a_tar_holds_files_folders_and_links_with_their_rights(self) -> None:
        self.build()
        for kind, content_type in (("tar", "application/x-tar"), ("tar.gz", "application/gzip")):
            answer = self.pack("d", kind)
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, content_type))
            self.assertEqual(answer.headers["content-disposition"], f'attachment; filename="d.{kind}"')
            with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
                found = {info.name: info for info in archive}
                self.assertEqual(set(found), {"empty", "f", "l", "ü b"}, "pipes are left out")
                self.assertTrue(found["empty"].isdir())
                self.assertEqual((found["f"].mode, found["f"].mtime), (0o751, 1_000_000_000))
                self.assertEqual(found["l"].linkname, "f")
                content = archive.extractfile("f")
                assert content is not None
                self.assertEqual(content.read(), b"hello\n")

    def test_a_zip_too(self) -> None:
        self.build()
        answer = self.pack(".", "zip")
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(set(archive.namelist()), {"d/", "d/empty/", "d/f", "d/l", "d/ü b"})
            self.assertEqual(archive.read("d/f"), b"hello\n")
            self.assertTrue(stat.S_ISLNK(archive.getinfo("d/l").external_attr >> 16))

    def test_one_file_alone(self) -> None:
        self.build()
        with tarfile.open(fileobj=io.BytesIO(self.pack("d/f").body)) as archive:
            self.assertEqual(archive.getnames(), ["f"])

    def test_big_ones_pass_with_little_memory(self) -> None:
        self.agent.shell("head -c 200000000 /dev/zero >big")
        answer = self.pack()
        with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
            self.assertEqual(archive.getmember("big").size, 200_000_000)
        with open(f"/proc/{self.agent.process.pid}/status", encoding="ascii") as file:
            peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        self.assertLess(peak, 80_000)

    def test_what_is_not_there_is_told(self) -> None:
        self.assertEqual(self.pack("none").status, 404)
        self.assertEqual(self.pack("../etc").status, 403)
        self.assertEqual(self.pack(".", "rar").status, 422)
        self.agent.shell("ln -s /etc out")
        self.assertEqual(self.pack("out").status, 403)
        self.assertEqual(self.agent.request("GET", "/workspace/archive", token=None).status, 403)


class UnpackTest(ArchiveCase):
    def test_there_and_back_again(self) -> None:
        self.agent.shell("mkdir -p a/b; echo 1 >a/b/x; chmod 700 a/b/x; ln -s b/x a/l; head -c 3000000 /dev/urandom >a/r; chmod 555 a/b")
        random = self.read("a", "r")
        for kind in ("tar", "tar.gz", "zip"):
            for chunked in (False, True):
                data = self.pack("a", kind).body
                answer = self.unpack(data, f"copy-{kind}-{chunked}", kind, chunked)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(answer.json(), {"files": 2, "directories": 1, "links": 1, "bytes": 3_000_002})
                copy = f"copy-{kind}-{chunked}"
                self.assertEqual(self.read(copy, "r"), random)
                self.assertEqual(stat.S_IMODE(os.stat(self.agent.path(copy, "b", "x")).st_mode), 0o700)
                self.assertEqual(stat.S_IMODE(os.stat(self.agent.path(copy, "b")).st_mode), 0o555)
                self.assertEqual(os.readlink(self.agent.path(copy, "l")), "b/x")

    def test_compressed_ones_are_recognised(self) -> None:
        for mode in ("w:gz", "w:bz2", "w:xz"):
            data = tar_of(entry("f", mode.encode()), mode)
            self.assertEqual(self.unpack(data).status, 200)
            self.assertEqual(self.read("f"), mode.encode())

    def test_files_are_replaced_and_get_the_archives_rights_and_time(self) -> None:
        self.agent.shell("echo old >f; ln -s nowhere l")
        data = tar_of(together(entry("f", b"new", mode=0o640), entry("l", b"", tarfile.SYMTYPE, "f"), entry("h", b"", tarfile.LNKTYPE, "f")))
        self.assertEqual(self.unpack(data).status, 200)
        info = os.stat(self.agent.path("f"))
        self.assertEqual((self.read("h"), stat.S_IMODE(info.st_mode), int(info.st_mtime)), (b"new", 0o640, 1_000_000_000))
        self.assertEqual(info.st_ino, os.stat(self.agent.path("h")).st_ino)

    def test_nothing_gets_out(self) -> None:
        victim = os.path.join(self.agent.home, "victim")
        os.makedirs(victim, exist_ok=True)
        for build in (
            entry("../victim/x", b"!"),
            entry("/tmp/x", b"!"),
            entry("a/../../victim/x", b"!"),
            together(entry("l", b"", tarfile.SYMTYPE, victim), entry("l/x", b"!")),
            together(entry("l", b"", tarfile.SYMTYPE, "../../victim"), entry("l/x", b"!")),
            entry("h", b"", tarfile.LNKTYPE, "../victim"),
            entry("dev", b"", tarfile.CHRTYPE),
        ):
            answer = self.unpack(tar_of(build), "sub")
            self.assertIn(answer.status, (400, 403), answer.body)
            self.assertEqual(os.listdir(victim), [])
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("../../victim/x", "!")
        self.assertEqual(self.unpack(data.getvalue(), kind="zip").status, 400)
        self.assertEqual(os.listdir(victim), [])

    def test_what_is_no_archive_is_told_and_leaves_no_half_file(self) -> None:
        whole = tar_of(entry("f", b"x" * MIB))
        for data, kind in ((b"nonsense" * 1000, "tar"), (b"nonsense" * 1000, "zip"), (whole[: MIB // 2], "tar"), (b"", "zip")):
            answer = self.unpack(data, kind=kind)
            self.assertEqual(answer.status, 400, answer.body)
            self.assertIn(f"not a {kind} archive, or a broken one", answer.json()["detail"])
        self.assertEqual(os.listdir(self.agent.workspace), [])

    def test_folders_in_the_way_are_a_conflict(self) -> None:
        self.agent.shell("mkdir f; touch d")
        self.assertEqual(self.unpack(tar_of(entry("f", b"x"))).status, 409)
        self.assertEqual(self.unpack(tar_of(entry("d", b"", tarfile.DIRTYPE))).status, 409)
        self.assertEqual(self.unpack(tar_of(entry("x")), "d").status, 409)
        self.assertEqual(self.unpack(tar_of(entry("h", b"", tarfile.LNKTYPE, "none"))).status, 404)
