"""AIO files: contents, folders, uploads and downloads, and how failures are told."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import threading
import time
from typing import Any

from tests.aio_case import AioCase
from tests.harness import Answer, quote, wait_until


class FileTest(AioCase):
    def test_texts_are_written_and_read(self) -> None:
        path = self.agent.path("new", "a.txt")
        self.assertEqual(self.data("file/write", file=path, content="ä\nb\nc\n"), {"file": path, "bytes_written": 7})
        self.assertEqual(self.data("file/read", file=path), {"content": "ä\nb\nc\n", "file": path})
        self.assertEqual(self.data("file/read", file="new/a.txt", start_line=1, end_line=2)["content"], "b\n")
        self.data("file/write", file=path, content="d", append=True, leading_newline=True, trailing_newline=True)
        self.assertEqual(self.data("file/read", file=path, start_line=3)["content"], "\nd\n")

    def test_bytes_come_in_other_encodings(self) -> None:
        self.data("file/write", file="b", content=base64.b64encode(b"\xff\0").decode(), encoding="base64")
        self.data("file/write", file="r", content="\xff\0".replace("\0", "x"), encoding="raw")
        with open(self.agent.path("b"), "rb") as one, open(self.agent.path("r"), "rb") as two:
            self.assertEqual((one.read(), two.read()), (b"\xff\0", b"\xffx"))
        for content, encoding, text in (("%", "base64", "is not base64"), ("€", "raw", "no bytes")):
            failed = self.failed("file/write", file="c", content=content, encoding=encoding)
            self.assertIn(text, failed["message"])
            self.assertEqual(failed["data"]["error_type"], "invalid_content")
        failed = self.failed("file/read", file="b")
        self.assertEqual((failed["data"]["error_type"], failed["hint"]), ("not_text", "use /v1/file/download"))

    def test_a_file_keeps_its_mode(self) -> None:
        self.data("file/write", file="x", content="1")
        os.chmod(self.agent.path("x"), 0o755)
        self.data("file/write", file="x", content="2")
        self.data("file/replace", file="x", old_str="2", new_str="3")
        self.assertEqual(os.stat(self.agent.path("x")).st_mode & 0o777, 0o755)

    def test_texts_are_replaced_and_counted(self) -> None:
        self.data("file/write", file="x", content="a b a")
        self.assertEqual(self.data("file/replace", file="x", old_str="a", new_str="$")["replaced_count"], 2)
        self.assertEqual(self.data("file/read", file="x")["content"], "$ b $")
        self.assertEqual(self.data("file/replace", file="x", old_str="none", new_str="")["replaced_count"], 0)
        self.assertIn("old_str is empty", self.failed("file/replace", file="x", old_str="", new_str="y")["message"])

    def test_lines_are_searched(self) -> None:
        self.data("file/write", file="x", content="one\ntwo 2\nthree 3\n")
        path = self.agent.path("x")
        self.assertEqual(self.data("file/search", file="x", regex=r"\d$"), {"file": path, "matches": ["two 2", "three 3"], "line_numbers": [2, 3]})
        self.assertIn("regex: ", self.failed("file/search", file="x", regex="(")["message"])

    def test_the_agent_answers_while_a_search_takes_long(self) -> None:
        self.data("file/write", file="x", content="a" * 60 + "b")
        thread = threading.Thread(target=lambda: self.failed("file/search", file="x", regex="(a+)+$"))
        thread.start()
        wait_until(lambda: self.searching() != "")
        begin = time.monotonic()
        self.assertEqual(self.data("shell/exec", command="echo meanwhile")["output"], "meanwhile\n")
        self.assertLess(time.monotonic() - begin, 5)
        os.kill(int(self.searching()), signal.SIGTERM)
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def searching(self) -> str:
        """The search's process, of the agent's own children only: other programs here may have the pattern too."""
        found = subprocess.run(["pgrep", "-P", str(self.agent.process.pid), "-f", r"[(]a[+]"], capture_output=True, text=True)
        return found.stdout

    def test_failures_tell_what_when_and_why(self) -> None:
        path = self.agent.path("none")
        failed = self.failed("file/read", file=path)
        self.assertEqual(failed["message"], f"No such file or directory: {path}")
        self.assertEqual(failed["data"], {
            "path": path, "operation": "read", "message": failed["message"], "error_type": "not_found", "retryable": False,
            "errno": 2, "errno_name": "ENOENT", "exception_type": "FileNotFoundError",
        })  # fmt: skip
        os.mkdir(self.agent.path("folder"))
        os.mkfifo(self.agent.path("pipe"))
        self.assertEqual(self.failed("file/read", file="folder")["data"]["error_type"], "is_directory")
        self.assertEqual(self.failed("file/write", file="folder", content="")["data"]["error_type"], "is_directory")
        self.assertEqual(self.failed("file/read", file="pipe")["data"]["error_type"], "not_a_file")
        self.assertEqual(self.failed("file/write", file="pipe", content="", append=True)["data"]["error_type"], "not_a_file")
        self.assertEqual(self.failed("file/list", path="none")["data"]["operation"], "list")

    def test_sudo_and_the_kernels_files_are_refused(self) -> None:
        for path, values in (("read", {}), ("write", {"content": ""}), ("replace", {"old_str": "a", "new_str": ""}), ("search", {"regex": "a"})):
            self.assertIn("sudo is not available", self.failed(f"file/{path}", file="x", sudo=True, **values)["message"])
        for file in ("/proc/self/mem", "/proc/self/environ", "/proc/1/cmdline"):
            for path, values in (("read", {}), ("write", {"content": "x"}), ("search", {"regex": "a"})):
                self.assertIn("belongs to the kernel", self.failed(f"file/{path}", file=file, **values)["message"])

    def test_arguments_are_checked(self) -> None:
        rows = self.wrong("file/write", content="x", encoding="utf-16")
        self.assertEqual([(row["loc"][1], row["type"]) for row in rows], [("file", "missing"), ("encoding", "enum")])
        self.assertEqual(rows[1]["msg"], "Input should be 'utf-8', 'base64' or 'raw'")
        self.assertEqual(self.wrong("file/read", file="x", start_line=1.5)[0]["type"], "int_type")
        answer = self.agent.request("GET", "/v1/file/download")
        self.assertEqual((answer.status, answer.json()["detail"][0]["loc"]), (422, ["query", "path"]))


class FolderTest(AioCase):
    def setUp(self) -> None:
        super().setUp()
        for name, size in (("b.py", 3), ("a.txt", 9), (".hidden", 1), ("sub/c.py", 5)):
            self.data("file/write", file=name, content="x" * size)

    def names(self, **values: Any) -> list[str]:
        rows = self.data("file/list", path=self.agent.workspace, **values)["files"]
        return [os.path.relpath(row["path"], self.agent.workspace) for row in rows]

    def test_a_folder_is_listed_as_asked_for(self) -> None:
        told = self.data("file/list", path=".", include_permissions=True, show_hidden=False)
        self.assertEqual((told["path"], told["total_count"], told["directory_count"], told["file_count"]), (self.agent.workspace, 3, 1, 2))
        row = told["files"][0]
        self.assertEqual((row["name"], row["size"], row["is_directory"], row["extension"]), ("a.txt", 9, False, ".txt"))
        self.assertRegex(row["permissions"], "^6[0-7]{2}$")
        self.assertEqual(self.names(), [".hidden", "a.txt", "b.py", "sub"])
        self.assertEqual(self.names(recursive=True, file_types=["py"], sort_by="size", sort_desc=True), ["sub/c.py", "b.py"])
        self.assertEqual(self.names(recursive=True, max_depth=1, show_hidden=False), ["a.txt", "b.py", "sub"])
        self.assertEqual(self.names(sort_by="type", show_hidden=False)[0], "sub")

    def test_what_is_the_kernels_is_not_searched(self) -> None:
        rows = self.data("file/list", path="/", recursive=True, max_depth=2)["files"]
        self.assertIn("/etc", [row["path"] for row in rows])
        self.assertEqual([row["path"] for row in rows if row["path"].startswith("/proc")], [])

    def test_files_are_found(self) -> None:
        self.assertEqual(self.data("file/find", path=".", glob="*.py")["files"], [self.agent.path("b.py"), self.agent.path("sub", "c.py")])
        self.assertEqual(self.data("file/find", path=".", glob="sub/*")["files"], [self.agent.path("sub", "c.py")])


class TransferTest(AioCase):
    def upload(self, *parts: tuple[str, str, bytes]) -> Answer:
        body = b"".join(
            b'--B\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (name.encode(), f'; filename="{filename}"'.encode() if filename else b"", data)
            for name, filename, data in parts
        )
        return self.agent.request("POST", "/v1/file/upload", body + b"--B--\r\n", {"Content-Type": "multipart/form-data; boundary=B"})

    def test_an_upload_arrives_whole_wherever_its_path_stands(self) -> None:
        data = os.urandom(3 << 20)
        path = self.agent.path("new", "x.bin")
        for parts in ([("file", "y", data), ("path", "", path.encode())], [("path", "", path.encode()), ("file", "y", data)]):
            told = self.envelope(self.upload(*parts))["data"]
            self.assertEqual(told, {"file_path": path, "file_size": len(data), "success": True})
            with open(path, "rb") as file:
                self.assertEqual(file.read(), data)
        self.assertEqual(self.envelope(self.upload(("file", "../z", b"z")))["data"]["file_path"], self.agent.path("z"))
        self.assertEqual(self.envelope(self.upload(("file", "q", b"z"), ("path", "", b"new")))["data"]["file_path"], self.agent.path("new", "q"))
        self.assertEqual(sorted(os.listdir(self.agent.workspace)), ["new", "z"])

    def test_what_cannot_be_put_there_leaves_nothing(self) -> None:
        self.assertFalse(self.envelope(self.upload(("file", "x", b"z"), ("path", "", b"/proc/x")))["success"])
        self.assertIn("called file", self.envelope(self.upload(("path", "", b"x")))["message"])
        self.assertEqual(os.listdir(self.agent.workspace), [])

    def test_a_download_is_the_bytes(self) -> None:
        data = os.urandom(2 << 20)
        with open(self.agent.path("a b.bin"), "wb") as file:
            file.write(data)
        for policy in ("ignore", "abort"):
            answer = self.agent.request("GET", f"/v1/file/download?path={quote('a b.bin')}&change_policy={policy}")
            self.assertEqual((answer.status, answer.body), (200, data))
            self.assertEqual((answer.headers["content-type"], answer.headers["content-disposition"]), ("application/octet-stream", 'attachment; filename="a_b.bin"'))
        self.assertFalse(self.envelope(self.agent.request("GET", "/v1/file/download?path=none"))["success"])

    def test_a_file_that_changes_while_it_is_downloaded_is_a_conflict(self) -> None:
        path = self.agent.path("busy")
        stop = threading.Event()

        def change() -> None:
            while not stop.is_set():
                with open(path, "wb") as file:
                    file.write(b"x" * (4 << 20))

        thread = threading.Thread(target=change)
        thread.start()
        try:
            statuses = set()
            end = time.monotonic() + 10
            while 409 not in statuses and time.monotonic() < end:
                statuses.add(self.agent.request("GET", "/v1/file/download?change_policy=abort&path=busy").status)
        finally:
            stop.set()
            thread.join()
        self.assertIn(409, statuses)
