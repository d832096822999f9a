"""The filesystem tools: what they answer, and that they stay inside the workspace."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import unittest
from typing import Any

from sandbox_agent.fs_edit import edited, fenced_diff
from sandbox_agent.globs import Glob
from tests.harness import ENTRY, AgentCase

NAMES = [
    "read_file", "read_text_file", "read_media_file", "read_multiple_files", "write_file", "edit_file", "create_directory",
    "list_directory", "list_directory_with_sizes", "directory_tree", "move_file", "search_files", "get_file_info",
    "list_allowed_directories",
]  # fmt: skip


class FilesystemCase(AgentCase):
    environment = {"AGENT_FEATURES": "filesystem"}

    def setUp(self) -> None:
        for name in os.listdir(self.agent.workspace):
            subprocess.run(["rm", "-rf", self.agent.path(name)], check=True)

    def call(self, tool: str, **values: Any) -> dict[str, Any]:
        answer = self.agent.post("/mcp/call_tool", {"tool_name": tool, "arguments": values})
        self.assertEqual(answer.status, 200, answer.body)
        result: dict[str, Any] = answer.json()
        return result

    def told(self, tool: str, **values: Any) -> str:
        result = self.call(tool, **values)
        self.assertFalse(result["isError"], result)
        self.assertEqual(result["structuredContent"], {"content": result["content"][0]["text"]})
        return str(result["content"][0]["text"])

    def refused(self, tool: str, **values: Any) -> str:
        result = self.call(tool, **values)
        self.assertTrue(result["isError"], result)
        return str(result["content"][0]["text"])

    def write(self, name: str, data: bytes = b"") -> str:
        path = self.agent.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def read(self, name: str) -> bytes:
        with open(self.agent.path(name), "rb") as file:
            return file.read()


class ListTest(FilesystemCase):
    def test_all_tools_are_in_the_group_of_their_name(self) -> None:
        listed = self.agent.request("GET", "/mcp/list_tools").json()
        self.assertEqual(list(listed), ["filesystem"])
        self.assertEqual(list(listed["filesystem"]), NAMES)
        parameters = listed["filesystem"]["edit_file"]["json_schema"]["function"]["parameters"]
        self.assertEqual((list(parameters["properties"]), parameters["required"]), (["path", "edits", "dryRun"], ["path", "edits"]))

    def test_the_state_says_whose_server_it_is(self) -> None:
        server = self.agent.request("GET", "/mcp/servers").json()["servers"][0]
        self.assertEqual((server["name"], server["transport"], server["state"], server["tools"]), ("filesystem", "own", "running", 14))


class AbsentTest(AgentCase):
    def test_an_image_that_does_not_ask_for_them_has_none(self) -> None:
        self.assertEqual(self.agent.request("GET", "/mcp/list_tools").json(), {})
        self.assertEqual(self.agent.request("GET", "/mcp/servers").json(), {"servers": []})

    def test_an_unknown_feature_ends_the_start(self) -> None:
        variables = {"PATH": os.environ["PATH"], "AGENT_FEATURES": "filesystem, fly"}
        done = subprocess.run([sys.executable, "-I", "-S", ENTRY], env=variables, stderr=subprocess.PIPE, check=False, timeout=20)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"AGENT_FEATURES: there is no feature 'fly', only filesystem and aio", done.stderr)


class ReadTest(FilesystemCase):
    def test_a_text_is_read_whole_and_in_part(self) -> None:
        self.write("a.txt", "one\r\ntwö\nthree\n".encode())
        for tool in ("read_file", "read_text_file"):
            self.assertEqual(self.told(tool, path="a.txt"), "one\r\ntwö\nthree\n")
        self.assertEqual(self.told("read_text_file", path=self.agent.path("a.txt"), head=2), "one\r\ntwö")
        self.assertEqual(self.told("read_text_file", path="a.txt", head=9), "one\r\ntwö\nthree")
        self.assertEqual(self.told("read_text_file", path="a.txt", tail=2), "three\n")
        self.assertEqual(self.told("read_text_file", path="a.txt", tail=9), "one\ntwö\nthree\n")
        self.assertIn("both head and tail", self.refused("read_text_file", path="a.txt", head=1, tail=1))

    def test_the_ends_of_long_files_are_read_alone(self) -> None:
        self.write("long", b"".join(b"line %07d\n" % number for number in range(300_000)))
        self.assertEqual(self.told("read_text_file", path="long", tail=3), "line 0299998\nline 0299999\n")
        self.assertEqual(self.told("read_text_file", path="long", head=2), "line 0000000\nline 0000001")

    def test_media_have_their_kind(self) -> None:
        self.write("a.PNG", b"\x89PNG")
        self.write("b.mp3", b"ID3")
        self.write("c d.bin", b"\0")
        self.assertEqual(self.call("read_media_file", path="a.PNG")["content"],
                         [{"type": "image", "data": base64.b64encode(b"\x89PNG").decode(), "mimeType": "image/png", "annotations": None}])  # fmt: skip
        self.assertEqual(self.call("read_media_file", path="b.mp3")["content"][0]["type"], "audio")
        resource = self.call("read_media_file", path="c d.bin")["content"][0]["resource"]
        self.assertEqual(resource, {"uri": f"file://{self.agent.workspace}/c%20d.bin", "mimeType": "application/octet-stream", "blob": "AA=="})

    def test_one_file_that_cannot_be_read_does_not_stop_the_others(self) -> None:
        self.write("a", b"x")
        told = self.told("read_multiple_files", paths=["a", "no", "../out"])
        gone = f"no: Error - ENOENT: no such file or directory, open '{self.agent.path('no')}'"
        self.assertTrue(told.startswith(f"a:\nx\n\n---\n{gone}\n---\n../out: Error - Access denied - path outside"), told)

    def test_what_is_no_regular_file_is_refused_at_once(self) -> None:
        os.mkfifo(self.agent.path("pipe"))
        os.mkdir(self.agent.path("folder"))
        self.assertIn("no regular file", self.refused("read_file", path="pipe"))
        self.assertIn("no regular file", self.refused("write_file", path="pipe", content=""))
        self.assertEqual(self.refused("read_file", path="folder"), "EISDIR: illegal operation on a directory, read")
        self.assertIn("EISDIR", self.refused("write_file", path="folder", content=""))


class BigTest(FilesystemCase):
    environment = {"AGENT_FEATURES": "filesystem", "AGENT_MAX_JSON": "100000"}

    def test_what_is_too_big_for_an_answer_is_told_with_a_way_out(self) -> None:
        self.write("big", b"line\n" * 30_000)
        self.assertIn("has more than the 100000 bytes that an answer takes: read fewer lines of it", self.refused("read_file", path="big"))
        self.assertEqual(self.told("read_text_file", path="big", tail=2), "line\n")
        self.assertEqual(self.told("read_text_file", path="big", head=1), "line")


class WriteTest(FilesystemCase):
    def test_a_file_is_made_and_replaced_with_its_mode(self) -> None:
        self.assertEqual(self.told("write_file", path="a.sh", content="é"), "Successfully wrote to a.sh")
        os.chmod(self.agent.path("a.sh"), 0o750)
        self.told("write_file", path=self.agent.path("a.sh"), content="new")
        self.assertEqual((self.read("a.sh"), os.stat(self.agent.path("a.sh")).st_mode & 0o777), (b"new", 0o750))
        self.assertEqual(os.listdir(self.agent.workspace), ["a.sh"])

    def test_folders_are_not_made_for_a_file(self) -> None:
        expected = f"ENOENT: no such file or directory, open '{self.agent.path('n', 'x')}'"
        self.assertEqual(self.refused("write_file", path="n/x", content=""), expected)

    def test_an_edit_is_shown_and_made(self) -> None:
        self.write("a.txt", b"one\r\ntwo\nthree\n")
        edits = [{"oldText": "two", "newText": "2"}]
        path = self.agent.path("a.txt")
        expected = (
            f"```diff\nIndex: {path}\n{'=' * 67}\n--- {path}\toriginal\n+++ {path}\tmodified\n"
            "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n```\n\n"
        )
        self.assertEqual(self.told("edit_file", path="a.txt", edits=edits, dryRun=True), expected)
        self.assertEqual(self.read("a.txt"), b"one\r\ntwo\nthree\n")
        self.assertEqual(self.told("edit_file", path="a.txt", edits=edits), expected)
        self.assertEqual(self.read("a.txt"), b"one\n2\nthree\n")
        self.assertEqual(self.refused("edit_file", path="a.txt", edits=edits), "Could not find exact match for edit:\ntwo")
        self.assertEqual(self.read("a.txt"), b"one\n2\nthree\n")

    def test_directories_are_made_with_those_above(self) -> None:
        for _ in range(2):
            self.assertEqual(self.told("create_directory", path="a/b/c"), "Successfully created directory a/b/c")
        self.write("file")
        self.assertEqual(self.refused("create_directory", path="file"), f"EEXIST: file already exists, mkdir '{self.agent.path('file')}'")
        self.assertIn("ENOTDIR: not a directory", self.refused("create_directory", path="file/b"))

    def test_nothing_is_moved_onto_what_exists(self) -> None:
        self.write("a", b"a")
        self.write("b", b"b")
        self.assertEqual(self.refused("move_file", source="a", destination="b"), f"Destination already exists: {self.agent.path('b')}")
        self.assertEqual(self.told("move_file", source="a", destination="c"), "Successfully moved a to c")
        self.assertEqual((self.read("c"), self.read("b")), (b"a", b"b"))
        gone = f"ENOENT: no such file or directory, rename '{self.agent.path('a')}' -> '{self.agent.path('d')}'"
        self.assertEqual(self.refused("move_file", source="a", destination="d"), gone)


class LookTest(FilesystemCase):
    def setUp(self) -> None:
        super().setUp()
        self.write("b.txt", b"x" * 2048)
        self.write("sub/.hidden/deep.txt", b"y")
        self.write("sub/other.md")
        os.symlink("b.txt", self.agent.path("link"))

    def test_a_folder_is_listed(self) -> None:
        self.assertEqual(self.told("list_directory", path="."), "[FILE] b.txt\n[FILE] link\n[DIR] sub")
        self.assertEqual(self.refused("list_directory", path="b.txt"), f"ENOTDIR: not a directory, scandir '{self.agent.path('b.txt')}'")
        sized = self.told("list_directory_with_sizes", path=self.agent.workspace, sortBy="size").split("\n")
        self.assertIn(f"[FILE] {'b.txt':<30} {'2.00 KB':>10}", sized)
        self.assertIn(f"[DIR] {'sub':<30} ", sized)
        self.assertEqual(sized[-3:], ["", "Total: 2 files, 1 directories", "Combined size: 4.00 KB"])

    def test_a_tree_is_json(self) -> None:
        tree = json.loads(self.told("directory_tree", path=""))
        self.assertEqual([row["name"] for row in tree], ["b.txt", "link", "sub"])
        self.assertEqual(tree[2]["children"][0], {"name": ".hidden", "type": "directory", "children": [{"name": "deep.txt", "type": "file"}]})
        tree = json.loads(self.told("directory_tree", path=".", excludePatterns=[".hidden", "*.txt"]))
        self.assertEqual(tree[1], {"name": "sub", "type": "directory", "children": [{"name": "other.md", "type": "file"}]})

    def test_files_are_found_by_pattern(self) -> None:
        self.assertEqual(self.told("search_files", path=".", pattern="*.txt"), self.agent.path("b.txt"))
        found = self.told("search_files", path="sub", pattern="**/*.{txt,md}")
        self.assertEqual(found.split("\n"), [self.agent.path("sub", ".hidden", "deep.txt"), self.agent.path("sub", "other.md")])
        self.assertEqual(self.told("search_files", path=".", pattern="**/*.txt", excludePatterns=["sub", "b*"]), "No matches found")

    def test_an_entry_is_described(self) -> None:
        os.chmod(self.agent.path("b.txt"), 0o640)
        lines = dict(line.split(": ", 1) for line in self.told("get_file_info", path="b.txt").split("\n"))
        self.assertEqual(list(lines), ["size", "created", "modified", "accessed", "isDirectory", "isFile", "permissions"])
        self.assertEqual((lines["size"], lines["isDirectory"], lines["isFile"], lines["permissions"]), ("2048", "false", "true", "640"))
        self.assertRegex(lines["created"], r"^\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\)$")
        self.assertIn("isDirectory: true", self.told("get_file_info", path="sub"))

    def test_the_allowed_folder_is_told(self) -> None:
        self.assertEqual(self.told("list_allowed_directories"), f"Allowed directories:\n{self.agent.workspace}")

    def test_arguments_are_checked(self) -> None:
        start = "MCP error -32602: Input validation error: Invalid arguments for tool "
        for tool, values, text in (
            ("read_file", {}, "Invalid input: expected string, received undefined at path"),
            ("read_file", {"path": "x", "head": "1"}, "Invalid input: expected number, received string at head"),
            ("read_multiple_files", {"paths": []}, "Too small: expected array to have >=1 items at paths"),
            ("edit_file", {"path": "x", "edits": [{}]}, "Invalid input: expected string, received undefined at edits[0].oldText"),
            ("list_directory_with_sizes", {"path": "x", "sortBy": "age"}, 'Invalid option: expected one of "name"|"size" at sortBy'),
        ):
            self.assertEqual(self.refused(tool, **values), f"{start}{tool}: {text}")


class ConfinementTest(FilesystemCase):
    def setUp(self) -> None:
        super().setUp()
        self.outside = f"{self.agent.workspace}2"
        os.makedirs(self.outside, exist_ok=True)
        with open(os.path.join(self.outside, "secret"), "w", encoding="ascii") as file:
            file.write("secret")
        os.symlink(self.outside, self.agent.path("out"))
        os.symlink(os.path.join(self.outside, "secret"), self.agent.path("file"))

    def test_nothing_outside_is_read_or_written(self) -> None:
        for path in ("../workspace2/secret", self.outside, f"{self.outside}/secret", "/etc/passwd", "~/x", "out/secret", "out", "file", "out/../../etc/passwd"):
            for tool, values in (
                ("read_file", {}), ("read_media_file", {}), ("write_file", {"content": "x"}), ("create_directory", {}),
                ("edit_file", {"edits": [{"oldText": "secret", "newText": "x"}]}), ("list_directory", {}), ("directory_tree", {}),
                ("search_files", {"pattern": "**"}), ("get_file_info", {}), ("list_directory_with_sizes", {}),
            ):  # fmt: skip
                with self.subTest(path=path, tool=tool):
                    self.assertIn("Access denied - ", self.refused(tool, path=path, **values))
        self.write("mine")
        for source, destination in (("mine", "out/x"), ("mine", "../x"), ("out/secret", "x"), ("file", "x")):
            self.assertIn("Access denied - ", self.refused("move_file", source=source, destination=destination))
        self.assertEqual(os.listdir(self.outside), ["secret"])
        with open(os.path.join(self.outside, "secret"), encoding="ascii") as file:
            self.assertEqual(file.read(), "secret")

    def test_links_that_lead_out_are_neither_found_nor_measured(self) -> None:
        self.assertEqual(self.told("search_files", path=".", pattern="**"), "No matches found")
        self.assertEqual(json.loads(self.told("directory_tree", path="."))[1], {"name": "out", "type": "file"})
        self.assertIn("Combined size: 0 B", self.told("list_directory_with_sizes", path="."))

    def test_links_that_stay_inside_work(self) -> None:
        self.write("sub/a", b"in")
        os.symlink("sub", self.agent.path("in"))
        self.assertEqual(self.told("read_file", path="in/a"), "in")
        self.told("write_file", path="in/b", content="b")
        self.assertEqual(self.read("sub/b"), b"b")

    def test_a_folder_that_is_swapped_for_a_link_lets_nothing_out(self) -> None:
        self.write("swap/secret", b"inside")
        stop = threading.Event()

        def swap() -> None:
            while not stop.is_set():
                os.rename(self.agent.path("swap"), self.agent.path("kept"))
                os.symlink(self.outside, self.agent.path("swap"))
                os.unlink(self.agent.path("swap"))
                os.rename(self.agent.path("kept"), self.agent.path("swap"))

        thread = threading.Thread(target=swap)
        thread.start()
        try:
            seen = set()
            for number in range(300):
                read = self.call("read_file", path="swap/secret")["content"][0]["text"]
                self.call("write_file", path=f"swap/new{number}", content="x")
                seen.add(read.split(" ")[0])
        finally:
            stop.set()
            thread.join()
        self.assertNotIn("secret", seen)
        self.assertIn("inside", seen)
        self.assertEqual(os.listdir(self.outside), ["secret"])

    def test_deep_trees_are_told_and_not_followed_for_ever(self) -> None:
        os.makedirs(self.agent.path(*["d"] * 250))
        self.assertIn("more than 200 levels of folders", self.refused("directory_tree", path="."))


class EditTest(unittest.TestCase):
    def test_space_around_lines_does_not_matter_and_depth_is_kept(self) -> None:
        text = "def f():\n    if x:\n        return 1\n    return 2\n"
        self.assertEqual(edited(text, "if x:\n    return 1", "if y:\n    return 3"), "def f():\n    if y:\n    return 3\n    return 2\n")
        self.assertEqual(edited(text, "  return 2  ", "return 4"), text.replace("2", "4"))

    def test_only_the_first_place_is_changed(self) -> None:
        self.assertEqual(edited("a a", "a", r"\1"), r"\1 a")

    def test_distant_changes_have_hunks_of_their_own(self) -> None:
        old = "".join(f"{number}\n" for number in range(30))
        new = old.replace("\n3\n", "\nthree\n").replace("29\n", "29")
        diff = fenced_diff("f", old, new)
        self.assertIn("@@ -1,8 +1,8 @@\n 0\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n 7\n@@ -26,5 +26,5 @@\n", diff)
        self.assertTrue(diff.endswith("-29\n+29\n\\ No newline at end of file\n```\n\n"), diff)

    def test_a_fence_in_the_text_gets_a_longer_one_around(self) -> None:
        self.assertTrue(fenced_diff("f", "a\n", "```\n").startswith("````diff\n"))

    def test_a_text_that_was_empty(self) -> None:
        self.assertIn("@@ -0,0 +1,1 @@\n+a\n", fenced_diff("f", "", "a\n"))


class GlobTest(unittest.TestCase):
    def test_patterns(self) -> None:
        for pattern, path, expected in (
            ("*.txt", "a.txt", True), ("*.txt", "d/a.txt", False), ("**/*.txt", "a.txt", True), ("**/*.txt", "d/e/a.txt", True),
            ("d/**", "d", False), ("d/**", "d/a/b", True), ("**", "a/b", True), ("a/**/b", "a/b", True), ("a/**/b", "a/x/y/b", True),
            ("*", ".hidden", True), ("[!a]b", "cb", True), ("[^a]b", "ab", False), ("?.{c,h}", "x.h", True), ("{a,{b,c}}d", "cd", True),
            ("!a", "b", True), ("!a", "a", False), ("#a", "#a", False), (r"\*", "*", True), (r"\*", "x", False), ("a{b}", "a{b}", True),
        ):  # fmt: skip
            with self.subTest(pattern=pattern, path=path):
                self.assertEqual(Glob(pattern).matches(path.split("/")), expected)

    def test_no_pattern_takes_long(self) -> None:
        self.assertFalse(Glob("*a" * 60 + "b").matches(["a" * 250]))
        self.assertFalse(Glob("**/" * 40 + "x").matches(["a"] * 100))
        self.assertFalse(Glob("{a,b}" * 30).matches(["c"]))
