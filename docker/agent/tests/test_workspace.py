from __future__ import annotations

import ctypes
import os
import stat
import tempfile
import threading
import time
import unittest
from typing import Any

from tests.harness import AUTHORIZED, AgentCase, quote, wait_until

DENIED = 403


class WorkspaceCase(AgentCase):
    def read(self, *names: str) -> bytes:
        with open(self.agent.path(*names), "rb") as file:
            return file.read()

    def make(self, name: str, data: bytes = b"x") -> None:
        os.makedirs(os.path.dirname(self.agent.path(name)), exist_ok=True)
        with open(self.agent.path(name), "wb") as file:
            file.write(data)

    def listed(self, path: str, depth: int = 1) -> dict[str, Any]:
        answer = self.agent.request("GET", f"/workspace/list?path={quote(path)}&depth={depth}")
        self.assertEqual(answer.status, 200, answer.body)
        return {row["path"][len(self.agent.workspace) + 1 :]: row for row in answer.json()}

    def staged(self) -> list[str]:
        return [name for _, _, names in os.walk(self.agent.workspace) for name in names if name.startswith(".sandbox")]


class UploadTest(WorkspaceCase):
    def test_a_file_appears_only_when_it_is_complete(self) -> None:
        self.make("a/old", b"old")
        with self.agent.connect() as sock:
            head = f"PUT /workspace/file?path=a/old HTTP/1.1\r\n{AUTHORIZED}Content-Length: 10\r\n\r\n"
            sock.sendall(head.encode() + b"12345")
            wait_until(lambda: len(self.staged()) == 1)
            self.assertEqual(self.read("a/old"), b"old")
            self.assertEqual(set(self.listed("a")), {"a/old"})
            sock.sendall(b"67890")
            self.assertIn(b"200 OK", sock.recv(4096))
        self.assertEqual(self.read("a/old"), b"1234567890")
        self.assertEqual(self.staged(), [])

    def test_a_client_that_hangs_up_leaves_nothing(self) -> None:
        for framing, body in (("Content-Length: 100", b"12345"), ("Transfer-Encoding: chunked", b"5\r\n12345\r\n")):
            with self.agent.connect() as sock:
                head = f"PUT /workspace/file?path=gone/deep/file HTTP/1.1\r\n{AUTHORIZED}{framing}\r\n\r\n"
                sock.sendall(head.encode() + body)
                wait_until(lambda: len(self.staged()) == 1)
            wait_until(lambda: self.staged() == [])
            self.assertFalse(os.path.exists(self.agent.path("gone")))

    def test_a_malformed_end_leaves_nothing(self) -> None:
        head = f"PUT /workspace/file?path=bad HTTP/1.1\r\n{AUTHORIZED}Transfer-Encoding: chunked\r\n\r\n"
        self.assertIn(b" 400 ", self.agent.raw(head.encode() + b"5\r\n12345\r\nnonsense\r\n"))
        self.assertEqual((self.staged(), os.path.exists(self.agent.path("bad"))), ([], False))

    def test_the_mode_of_a_replaced_file_is_kept(self) -> None:
        self.make("run.sh")
        os.chmod(self.agent.path("run.sh"), 0o750)
        self.agent.put("run.sh", b"new")
        self.assertEqual(stat.S_IMODE(os.stat(self.agent.path("run.sh")).st_mode), 0o750)

    def test_a_link_inside_is_written_through(self) -> None:
        self.make("target/file")
        os.symlink("target", self.agent.path("folder-link"))
        os.symlink("target/file", self.agent.path("file-link"))
        self.assertEqual(self.agent.put("folder-link/file", b"one").status, 200)
        self.assertEqual(self.read("target/file"), b"one")
        self.agent.put("file-link", b"two")
        self.assertEqual((self.read("target/file"), os.path.islink(self.agent.path("file-link"))), (b"two", True))

    def test_impossible_targets_are_conflicts(self) -> None:
        self.make("plain")
        os.makedirs(self.agent.path("folder"))
        for path in ("folder", ".", "plain/below"):
            self.assertEqual(self.agent.put(path, b"x").status, 409, path)
        self.assertEqual(self.agent.put("x" * 300, b"x").status, 400)
        self.assertEqual(self.agent.put("a%00b".replace("%00", "\0"), b"x").status, 400)
        self.assertEqual(self.staged(), [])

    def test_many_at_once_and_the_last_one_wins_whole(self) -> None:
        blobs = [bytes([65 + n]) * 300_000 for n in range(8)]
        threads = [threading.Thread(target=self.agent.put, args=("contested", blob)) for blob in blobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertIn(self.read("contested"), blobs)
        self.assertEqual(self.staged(), [])

    @unittest.skipUnless(os.getuid() == 0 and os.path.isdir("/dev/shm"), "needs root")
    def test_a_full_disk_is_told(self) -> None:
        os.makedirs(self.agent.path("small"))
        if os.system(f"mount -t tmpfs -o size=64k tmpfs {self.agent.path('small')} 2>/dev/null"):
            self.skipTest("cannot mount")
        try:
            answer = self.agent.put("small/big", b"x" * 1_000_000)
            self.assertEqual(answer.status, 507)
            self.assertEqual(os.listdir(self.agent.path("small")), [])
            boundary = self.agent.request(
                "POST",
                "/workspace/files:batch",
                b'--b\r\nContent-Disposition: form-data; name="files"; filename="small/other"\r\n\r\nabc\r\n--b--',
                {"Content-Type": "multipart/form-data; boundary=b"},
            )
            self.assertEqual((boundary.status, self.read("small/other")), (200, b"abc"), "across file systems")
        finally:
            os.system(f"umount {self.agent.path('small')}")


class PipeTest(WorkspaceCase):
    environment = {"AGENT_CALL_TIMEOUT": "1"}

    def test_a_pipe_is_written_into(self) -> None:
        os.mkfifo(self.agent.path("in"))
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(self.read("in")))
        reader.start()
        answer = self.agent.put("in", b"z" * 300_000)
        reader.join()
        self.assertEqual((answer.json()["type"], answer.json()["size"], read), ("other", None, [b"z" * 300_000]))
        self.assertTrue(stat.S_ISFIFO(os.stat(self.agent.path("in")).st_mode))

    def test_a_pipe_that_nobody_reads_is_a_conflict(self) -> None:
        os.mkfifo(self.agent.path("lonely"))
        self.assertEqual(self.agent.put("lonely", b"x").status, 409)

    def test_a_pipe_is_read_while_it_is_written(self) -> None:
        os.mkfifo(self.agent.path("out"))
        with self.agent.connect() as sock:
            sock.sendall(f"GET /workspace/file?format=bytes&path=out HTTP/1.1\r\n{AUTHORIZED}\r\n".encode())
            with open(self.agent.path("out"), "wb", buffering=0) as pipe:
                pipe.write(b"first")
                data = b""
                while b"first" not in data:
                    data += sock.recv(4096)
                pipe.write(b"second")
            while not data.endswith(b"0\r\n\r\n"):
                data += sock.recv(4096)
        self.assertIn(b"second", data)

    def test_a_pipe_is_read_as_text(self) -> None:
        os.mkfifo(self.agent.path("text"))
        self.agent.shell("nohup sh -c 'printf grüße > text' >/dev/null 2>&1 &")
        answer = self.agent.get("text", "text")
        self.assertEqual((answer.status, answer.body.decode()), (200, "grüße"))

    def test_a_silent_writer_breaks_the_connection(self) -> None:
        os.mkfifo(self.agent.path("silent"))
        answer = self.agent.raw(f"GET /workspace/file?format=bytes&path=silent HTTP/1.1\r\n{AUTHORIZED}\r\n".encode())
        self.assertNotIn(b"\r\n0\r\n", answer)

    @unittest.skipUnless(os.getuid() == 0, "the agent is closed to all but root")
    def test_a_reader_that_leaves_lets_the_pipe_go(self) -> None:
        os.mkfifo(self.agent.path("left"))
        with self.agent.connect() as sock:
            sock.sendall(f"GET /workspace/file?format=bytes&path=left HTTP/1.1\r\n{AUTHORIZED}\r\n".encode())
            sock.recv(1000)
        fds = f"/proc/{self.agent.process.pid}/fd"
        wait_until(lambda: not any("left" in os.readlink(f"{fds}/{name}") for name in os.listdir(fds)))


class ReadTest(WorkspaceCase):
    def test_ranges(self) -> None:
        self.make("r", b"0123456789")
        for wanted, status, body, told in (
            ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
            ("bytes=7-", 206, b"789", "bytes 7-9/10"),
            ("bytes=-3", 206, b"789", "bytes 7-9/10"),
            ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
            ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"),
            ("bytes=4-2", 200, b"0123456789", None),
            ("bytes=a-b", 200, b"0123456789", None),
            ("bytes=1-2,4-5", 200, b"0123456789", None),
            ("lines=1-2", 200, b"0123456789", None),
            ("bytes=-", 200, b"0123456789", None),
        ):
            with self.subTest(wanted):
                answer = self.agent.get("r", Range=wanted)
                self.assertEqual((answer.status, answer.body, answer.headers["content-range"]), (status, body, told))
        for wanted in ("bytes=10-", "bytes=-0", "bytes=99-100"):
            answer = self.agent.get("r", Range=wanted)
            self.assertEqual((answer.status, answer.headers["content-range"]), (416, "bytes */10"))

    def test_a_range_is_for_the_file_it_was_begun_with(self) -> None:
        self.make("tagged", b"0123456789")
        tag = self.agent.get("tagged").headers["etag"]
        self.assertEqual(self.agent.get("tagged", Range="bytes=1-2", If_Range=tag).status, 206)
        self.assertEqual(self.agent.get("tagged", Range="bytes=1-2", If_Range='"other"').status, 200)

    def test_binary_read_as_text_is_the_clients_mistake(self) -> None:
        self.make("binary", b"ok" * 600_000 + b"\xff")
        self.assertEqual(self.agent.get("binary", "text").status, 415)
        self.make("text", ("x" * (1 << 20) + "é")[1:].encode())
        self.assertEqual(self.agent.get("text", "text").status, 200)

    def test_large_files_come_whole(self) -> None:
        data = os.urandom(5_000_000)
        self.agent.put("large", data)
        self.assertEqual(self.agent.get("large").body, data)

    def test_what_is_no_file_is_not_found(self) -> None:
        os.makedirs(self.agent.path("d"))
        os.symlink("nowhere", self.agent.path("dangling"))
        for path in ("d", "dangling", "none", "none/none", "."):
            self.assertEqual(self.agent.get(path).status, 404, path)


class ConfinementTest(WorkspaceCase):
    outside: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.outside = tempfile.TemporaryDirectory()
        with open(os.path.join(cls.outside.name, "secret"), "w", encoding="utf-8") as file:
            file.write("secret")
        for name, target in (
            ("to-folder", cls.outside.name),
            ("to-file", os.path.join(cls.outside.name, "secret")),
            ("to-root", "/proc/self/root"),
            ("relative", "../" * 20 + cls.outside.name[1:]),
            ("sneaky", cls.agent.workspace + "/../../.." + cls.outside.name),
            ("around", "inner/../../../etc"),
            ("loop", "loop"),
        ):
            os.symlink(target, cls.agent.path(name))
        os.makedirs(cls.agent.path("inner"))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.outside.cleanup()
        super().tearDownClass()

    def statuses(self, path: str) -> set[int]:
        return {
            self.agent.get(path).status,
            self.agent.put(path, b"x").status,
            self.agent.request("GET", f"/workspace/list?path={quote(path)}").status,
            self.agent.request("GET", f"/workspace/exists?path={quote(path)}").status,
            self.agent.post("/workspace/mkdir", {"path": path + "/made"}).status,
            self.agent.post("/workspace/move", {"source": "inner", "destination": path + "/moved"}).status,
        }

    def test_paths_outside_are_refused_everywhere(self) -> None:
        for path in ("/etc", "..", "../etc", "a/../../etc", self.agent.workspace + "2", "//etc", "/", "inner/../.."):
            self.assertEqual(self.statuses(path), {DENIED}, path)

    def test_links_that_lead_out_are_refused_everywhere(self) -> None:
        for path in ("to-folder", "to-root", "to-root/etc", "relative", "sneaky", "around"):
            self.assertEqual(self.statuses(path), {DENIED}, path)
        self.assertEqual(self.agent.get("to-file").status, DENIED)
        self.assertEqual(self.agent.put("to-file", b"x").status, DENIED)
        self.assertEqual(os.listdir(self.outside.name), ["secret"])

    def test_a_link_itself_can_be_moved_and_removed(self) -> None:
        os.symlink(self.outside.name, self.agent.path("removable"))
        self.assertEqual(self.agent.post("/workspace/move", {"source": "removable", "destination": "moved"}).json()["type"], "symlink")
        self.assertEqual(self.agent.request("DELETE", "/workspace/entry?path=moved").status, 204)
        self.assertFalse(os.path.lexists(self.agent.path("moved")))
        self.assertEqual(self.agent.request("DELETE", "/workspace/entry?path=to-folder/secret").status, DENIED)
        self.assertEqual(os.listdir(self.outside.name), ["secret"])

    def test_a_link_to_itself_is_an_error_of_its_own(self) -> None:
        self.assertEqual(self.agent.get("loop").status, 400)

    def test_lists_tell_nothing_about_what_is_outside(self) -> None:
        rows = self.listed(".", 5)
        self.assertEqual({rows[name]["type"] for name in ("to-folder", "to-file", "to-root", "loop")}, {"symlink"})
        self.assertFalse([path for path in rows if "secret" in path])

    def test_links_inside_work_absolute_and_relative(self) -> None:
        self.make("real/file", b"inside")
        os.makedirs(self.agent.path("links"))
        os.symlink(self.agent.path("real"), self.agent.path("links", "absolute"))
        os.symlink("../real/../real", self.agent.path("links", "relative"))
        for name in ("absolute", "relative"):
            self.assertEqual(self.agent.get(f"links/{name}/file").body, b"inside")
            self.assertEqual(set(self.listed(f"links/{name}")), {f"links/{name}/file"})

    def test_swapping_a_folder_for_a_link_never_leads_out(self) -> None:
        inside, link = self.agent.path("swap"), self.agent.path("swap-link")
        os.makedirs(inside)
        os.symlink(self.outside.name, link)
        stop = threading.Event()
        libc = ctypes.CDLL(None)

        def swap() -> None:
            while not stop.is_set():
                libc.renameat2(-100, inside.encode(), -100, link.encode(), 2)  # RENAME_EXCHANGE

        thread = threading.Thread(target=swap)
        thread.start()
        try:
            end = time.monotonic() + 2
            seen = set()
            while time.monotonic() < end:
                answer = self.agent.get("swap/secret")
                self.assertNotEqual(answer.body, b"secret")
                seen.add(answer.status)
                seen.add(self.agent.put("swap/planted", b"x").status)
                self.agent.request("DELETE", "/workspace/entry?path=swap/secret")
        finally:
            stop.set()
            thread.join()
        self.assertEqual(os.listdir(self.outside.name), ["secret"])
        self.assertIn(DENIED, seen, "the race was never close")
        self.assertIn(200, seen, "the race was never close")


class EntriesTest(WorkspaceCase):
    def test_lists_describe_every_kind(self) -> None:
        self.make("kinds/file", b"abc")
        os.makedirs(self.agent.path("kinds/dir/below"))
        os.symlink("file", self.agent.path("kinds/file-link"))
        os.symlink("dir", self.agent.path("kinds/dir-link"))
        os.symlink("nowhere", self.agent.path("kinds/dangling"))
        os.mkfifo(self.agent.path("kinds/pipe"))
        rows = self.listed("kinds", 9)
        found = {path[6:]: (row["type"], row["size"]) for path, row in rows.items()}
        self.assertEqual(
            found,
            {
                "file": ("file", 3),
                "dir": ("dir", None),
                "dir/below": ("dir", None),
                "file-link": ("file", 3),
                "dir-link": ("dir", None),
                "dangling": ("symlink", None),
                "pipe": ("other", None),
            },
        )

    def test_names_that_are_not_utf_8_can_be_listed_read_and_removed(self) -> None:
        os.makedirs(self.agent.path("raw"))
        with open(os.path.join(os.fsencode(self.agent.path("raw")), b"\xff.txt"), "wb") as file:
            file.write(b"raw")
        self.assertEqual(list(self.listed("raw")), ["raw/\ufffd.txt"])
        self.assertEqual(self.agent.request("GET", "/workspace/file?path=raw/%FF.txt").body, b"raw")
        self.assertEqual(self.agent.request("DELETE", "/workspace/entry?path=raw/%ff.txt").status, 204)
        self.assertEqual(self.listed("raw"), {})

    def test_a_long_list_is_whole(self) -> None:
        os.makedirs(self.agent.path("many"))
        for number in range(3000):
            open(self.agent.path("many", f"file-{number:05d}"), "w").close()
        self.assertEqual(len(self.listed("many")), 3000)

    def test_a_very_deep_tree_is_removed(self) -> None:
        os.makedirs(self.agent.path("deep"))
        folder = os.open(self.agent.path("deep"), os.O_PATH)
        for _ in range(1500):  # deeper than any limit on paths, descriptors or recursion
            os.mkdir("d", dir_fd=folder)
            os.mkdir("e", dir_fd=folder)
            inner = os.open("d", os.O_PATH, dir_fd=folder)
            os.close(folder)
            folder = inner
        os.close(folder)
        self.assertTrue(os.path.exists(self.agent.path("deep/d/d/d/e")))
        self.assertEqual(self.agent.request("DELETE", "/workspace/entry?path=deep").status, 204)
        self.assertFalse(os.path.exists(self.agent.path("deep")))
        self.assertEqual(self.staged(), [])

    def test_moving(self) -> None:
        self.make("m/file", b"1")
        self.make("m/full/file")
        for source, destination, status in (
            ("m/file", "m/full", 409),
            ("m/full", "m/full/inside", 409),
            (".", "elsewhere", 409),
            ("m/file", ".", 409),
            ("m/none", "x", 404),
            ("m/file/below", "x", 404),
            ("m/file", "m/new/place", 200),
        ):
            answer = self.agent.post("/workspace/move", {"source": source, "destination": destination})
            self.assertEqual(answer.status, status, f"{source} -> {destination}: {answer.body!r}")

    def test_removing_the_workspace_empties_it(self) -> None:
        self.make("any/thing")
        self.assertEqual(self.agent.request("DELETE", "/workspace/entry?path=.").status, 204)
        self.assertEqual(os.listdir(self.agent.workspace), [])

    def test_depth_must_be_a_positive_number(self) -> None:
        for depth in ("x", "", "0", "-1", "1.5"):
            answer = self.agent.request("GET", f"/workspace/list?path=.&depth={depth}")
            self.assertEqual((answer.status, answer.json()["detail"][0]["loc"]), (422, ["query", "depth"]))


class BatchTest(WorkspaceCase):
    def batch(self, paths: list[str], files: list[tuple[str, bytes]], files_first: bool = False) -> Any:
        fields = [b'--b\r\nContent-Disposition: form-data; name="paths"\r\n\r\n%b\r\n' % path.encode() for path in paths]
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="%b"\r\n\r\n%b\r\n' % (name.encode(), data)
            for name, data in files
        ]
        body = b"".join(parts + fields if files_first else fields + parts) + b"--b--\r\n"
        return self.agent.request("POST", "/workspace/files:batch", body, {"Content-Type": 'multipart/form-data; boundary="b"'})

    def test_fields_may_follow_the_files(self) -> None:
        answer = self.batch(["b/1", "b/2"], [("x", b"one"), ("y", b"\r\n--")], files_first=True)
        self.assertEqual([row["name"] for row in answer.json()], ["1", "2"])
        self.assertEqual((self.read("b/1"), self.read("b/2")), (b"one", b"\r\n--"))

    def test_nothing_is_written_unless_every_target_is_good(self) -> None:
        os.makedirs(self.agent.path("isdir"))
        for paths, files, status in (
            (["good"], [("a", b"1"), ("b", b"2")], 400),
            (["good", "isdir"], [("a", b"1"), ("b", b"2")], 409),
            (["good", "../bad"], [("a", b"1"), ("b", b"2")], 403),
            ([], [("good", b"1"), ("", b"2")], 400),
        ):
            self.assertEqual(self.batch(paths, files).status, status)
            self.assertFalse(os.path.exists(self.agent.path("good")))
        self.assertEqual(self.staged(), [])

    def test_nothing_sent_is_nothing_written(self) -> None:
        self.assertEqual(self.batch([], []).json(), [])
        self.assertEqual(self.agent.request("POST", "/workspace/files:batch").json(), [])

    def test_a_client_that_hangs_up_leaves_nothing(self) -> None:
        with self.agent.connect() as sock:
            body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="half"\r\n\r\nhalf of it'
            head = f"POST /workspace/files:batch HTTP/1.1\r\n{AUTHORIZED}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
            sock.sendall(head.encode() + body)
            wait_until(lambda: len(self.staged()) == 1)
        wait_until(lambda: self.staged() == [])
        self.assertFalse(os.path.exists(self.agent.path("half")))

    def test_a_hundred_files_and_a_large_one(self) -> None:
        files = [(f"many/{n}", b"%d" % n) for n in range(100)] + [("many/large", b"-" * 4_000_000)]
        answer = self.batch([], files)
        self.assertEqual(len(answer.json()), 101)
        self.assertEqual((self.read("many/99"), len(self.read("many/large"))), (b"99", 4_000_000))
