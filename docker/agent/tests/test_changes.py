"""What changed since a mark, and what happens now."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from tests.harness import AUTHORIZED, AgentCase, quote, wait_until


class ChangesTest(AgentCase):
    def changes(self, since: str = "", path: str = ".") -> tuple[str, set[tuple[str, str, str]]]:
        answer = self.agent.request("GET", f"/workspace/changes?since={since}&path={quote(path)}")
        self.assertEqual(answer.status, 200, answer.body)
        told = answer.json()
        root = self.agent.workspace + "/"
        return told["mark"], {(c["change"], c["path"].removeprefix(root), c["type"]) for c in told["changes"]}

    def test_created_modified_and_deleted(self) -> None:
        self.agent.shell("mkdir -p c/old c/stays; echo 1 >c/a; echo 1 >c/same; echo 1 >c/old/x")
        first, changes = self.changes()
        self.assertEqual(changes, set(), "without a mark there is nothing to compare with")
        self.agent.shell("echo 2 >>c/a; rm -r c/old; mkdir c/new; echo 1 >c/new/y; ln -s a c/l; chmod 600 c/same")
        second, changes = self.changes(first)
        expected = {
            ("modified", "c/a", "file"),
            ("modified", "c/same", "file"),
            ("deleted", "c/old", "dir"),
            ("deleted", "c/old/x", "file"),
            ("created", "c/new", "dir"),
            ("created", "c/new/y", "file"),
            ("created", "c/l", "file"),
        }
        self.assertEqual(changes, expected)
        self.assertEqual(self.changes(second)[1], set())
        self.assertEqual(self.changes(first)[1], expected, "a mark can be used again")

    def test_the_same_size_and_time_do_not_hide_a_change(self) -> None:
        self.agent.shell("echo aaaa >s; touch -d @1000000000 s")
        mark, _ = self.changes()
        self.agent.shell("echo bbbb >s; touch -d @1000000000 s")
        self.assertEqual(self.changes(mark)[1], {("modified", "s", "file")})

    def test_a_mark_is_of_a_folder(self) -> None:
        self.agent.shell("mkdir -p in out")
        mark, _ = self.changes(path="in")
        self.agent.shell("touch in/x out/x")
        self.assertEqual(self.changes(mark)[1], {("created", "in/x", "file")})
        self.assertEqual(self.agent.request("GET", "/workspace/changes?path=none").status, 404)
        self.assertEqual(self.agent.request("GET", "/workspace/changes?path=/etc").status, 403)

    def test_old_marks_are_forgotten_and_that_is_told(self) -> None:
        first, _ = self.changes()
        for _ in range(16):
            self.changes()
        answer = self.agent.request("GET", f"/workspace/changes?since={first}")
        self.assertEqual(answer.status, 410)
        self.assertIn("list again", answer.json()["detail"])


class Follower:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""
        self.events: list[tuple[str, dict[str, Any]]] = []

    def read(self, name: str, path: str = "") -> None:
        """Until there is such an event."""
        while not any(event == name and value.get("path", "").endswith(path) for event, value in self.events):
            block = self._sock.recv(65536)
            assert block, self.events
            self._data += block
            *blocks, self._data = self._data.split(b"\n\n")
            for text in blocks:
                if b"event: " in text:
                    lines = text[text.index(b"event: ") :].decode().split("\n")
                    self.events.append((lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))))

    def told(self, root: str) -> set[tuple[str, str, str]]:
        return {(name, value["path"].removeprefix(root + "/"), value["type"]) for name, value in self.events if name != "ready"}


class WatchTest(AgentCase):
    def watch(self, path: str = ".") -> socket.socket:
        sock = self.agent.connect()
        sock.sendall(f"GET /workspace/watch?path={quote(path)} HTTP/1.0\r\n{AUTHORIZED}\r\n".encode())
        return sock

    def test_what_happens_is_told_also_in_new_folders(self) -> None:
        self.agent.shell("mkdir -p w/sub; touch w/sub/old w/gone")
        with self.watch("w") as sock:
            follower = Follower(sock)
            follower.read("ready")
            self.agent.shell("echo 1 >>w/sub/old; rm w/gone; mkdir -p w/new/deep; echo 1 >w/new/deep/f")
            follower.read("created", "deep/f")
            follower.read("modified", "sub/old")
            follower.read("deleted", "gone")
            self.agent.shell("echo 2 >>w/new/deep/f; mv w/new w/moved")
            follower.read("modified", "new/deep/f")
            follower.read("created", "w/moved/deep/f")
            self.agent.shell("echo 3 >>w/moved/deep/f")
            follower.read("modified", "w/moved/deep/f")
        told = follower.told(self.agent.workspace)
        self.assertIn(("created", "w/new", "dir"), told)
        self.assertIn(("deleted", "w/new", "dir"), told)
        self.assertIn(("created", "w/moved", "dir"), told)
        self.assertFalse([path for _, path, _ in told if ".sandbox-upload" in path])

    def test_an_upload_appears_once_and_whole(self) -> None:
        self.agent.shell("mkdir -p u")
        with self.watch("u") as sock:
            follower = Follower(sock)
            follower.read("ready")
            self.agent.put("u/file", b"x" * 5_000_000)
            follower.read("created", "u/file")
        self.assertEqual(follower.told(self.agent.workspace), {("created", "u/file", "file")})

    def test_many_things_at_once(self) -> None:
        self.agent.shell("mkdir -p many")
        with self.watch("many") as sock:
            follower = Follower(sock)
            follower.read("ready")
            self.agent.shell("for i in $(seq 3000); do : >many/$i; done; touch many/last")
            follower.read("created", "many/last")
        names = {path for change, path, _ in follower.told(self.agent.workspace) if change == "created"}
        self.assertGreaterEqual(len(names), 3001)

    def test_who_leaves_is_watched_for_no_longer(self) -> None:
        def threads() -> int:
            return int(self.agent.shell(f"grep Threads /proc/{self.agent.process.pid}/status")["stdout"].split()[1])

        before = threads()
        with self.watch() as sock:
            Follower(sock).read("ready")
            time.sleep(0.1)
        wait_until(lambda: threads() <= before)

    def test_what_cannot_be_watched_is_told(self) -> None:
        self.assertEqual(self.agent.request("GET", "/workspace/watch?path=none").status, 404)
        self.assertEqual(self.agent.request("GET", "/workspace/watch?path=/etc").status, 403)
