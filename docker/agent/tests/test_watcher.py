from __future__ import annotations

import os
import shutil
import subprocess
import unittest
from typing import Any

from tests.harness import AgentCase

GIT = ["git", "-c", "safe.directory=*", "-c", "user.name=Me", "-c", "user.email=me@example.com"]


@unittest.skipUnless(shutil.which("git"), "needs git")
class WatcherCase(AgentCase):
    def setUp(self) -> None:
        shutil.rmtree(self.agent.workspace)
        os.makedirs(self.agent.workspace)

    def write(self, name: str, data: bytes) -> None:
        os.makedirs(os.path.dirname(self.agent.path(name)), exist_ok=True)
        with open(self.agent.path(name), "wb") as file:
            file.write(data)

    def commit(self, message: str = "m") -> str:
        answer = self.agent.post("/watcher/commit_changes", {"commit_message": message})
        self.assertEqual(answer.status, 200, answer.body)
        commit = answer.json()["commit"]
        assert isinstance(commit, str)
        return commit

    def diff(self, before: str = "", after: str = "") -> Any:
        answer = self.agent.post("/watcher/generate_diff", {"commit_a": before, "commit_b": after})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["diffs"]

    def logs(self, query: str = "") -> Any:
        answer = self.agent.request("GET", f"/watcher/git_logs{query}")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["logs"]

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            [*GIT, *arguments], cwd=self.agent.workspace, check=True, stdout=subprocess.PIPE, text=True
        ).stdout


class WatcherTest(WatcherCase):
    def test_a_missing_repository_is_made(self) -> None:
        self.assertEqual(self.logs(), [])
        self.write("f", b"one\n")
        self.assertEqual(self.diff(), {"f": "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+one"})
        self.assertEqual(len(self.commit()), 40)

    def test_diffs_run_from_the_first_to_the_second(self) -> None:
        self.write("f", b"one\n")
        self.write("gone", b"x\n")
        before = self.commit()
        self.write("f", b"one\ntwo\n")
        os.unlink(self.agent.path("gone"))
        self.write("dir/new", b"a\nb")
        after = self.commit()
        forwards = {
            "f": "--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n one\n+two",
            "gone": "--- a/gone\n+++ b/gone\n@@ -1 +0,0 @@\n-x",
            "dir/new": "--- a/dir/new\n+++ b/dir/new\n@@ -0,0 +1,2 @@\n+a\n+b",
        }
        self.assertEqual(self.diff(before, after), forwards)
        self.assertEqual(self.diff(after, before)["f"], "--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n one\n-two")
        self.assertEqual(self.diff(before[:10], "HEAD"), forwards)
        self.assertEqual(self.logs()[0]["diff"], forwards)

    def test_the_workspace_is_compared_without_touching_the_index(self) -> None:
        self.write("f", b"one\n")
        self.commit()
        self.write("f", b"two\n")
        self.write("untracked", b"u\n")
        status = self.git("status", "--porcelain")
        self.assertEqual(set(self.diff()), {"f", "untracked"})
        self.assertEqual(self.git("status", "--porcelain"), status)
        self.assertEqual(self.diff("HEAD", "HEAD"), {})

    def test_odd_files_and_names(self) -> None:
        self.write("empty", b"")
        self.write("t", b"x\n")
        before = self.commit()
        self.write("binary", b"\0\xff")
        self.write("latin", b"caf\xe9\n")
        self.write('a "quoted" näme\t', b"q\n")
        self.write("looks", b"diff --git a/x b/x\n@@ -1 +1 @@\n--- a\n" + b"0" * 40 + b"\0:\n")
        self.write("carriage", b"one\r\ntwo\x0b\x0c\xe2\x80\xa8three\n")
        self.write("blank", b"\n\n")
        os.unlink(self.agent.path("t"))
        os.symlink("empty", self.agent.path("t"))
        os.chmod(self.agent.path("empty"), 0o755)
        diffs = self.diff(before, self.commit())
        self.assertEqual(
            set(diffs),
            {"binary", "latin", 'a "quoted" näme\t', "looks", "carriage", "blank", "t", "empty"},
        )
        self.assertEqual(diffs["binary"], "Binary files a/binary and b/binary differ")
        self.assertIn("+caf\ufffd", diffs["latin"])
        self.assertIn('+++ b/a "quoted" näme\t\n', diffs['a "quoted" näme\t'])
        self.assertIn("+one\r\n+two\x0b\x0c\u2028three", diffs["carriage"])
        self.assertTrue(diffs["blank"].endswith("@@ -0,0 +1,2 @@\n+\n+"))
        self.assertIn("-x", diffs["t"])
        self.assertIn("+empty", diffs["t"])
        self.assertEqual(diffs["empty"], "")
        self.assertEqual(self.logs()[0]["diff"], diffs)

    def test_logs_are_newest_first_and_can_be_limited(self) -> None:
        commits: list[str] = []
        for number in range(3):
            self.write("f", b"%d\n" % number)
            commits.insert(0, self.commit(f"message {number}\n\nbody é"))
        self.commit("nothing new")
        logs = self.logs()
        self.assertEqual([row["commit"] for row in logs[1:]], commits)
        self.assertEqual((logs[1]["message"], logs[1]["author"]), ("message 2\n\nbody é", "User"))
        self.assertEqual((logs[0]["diff"], logs[-1]["diff"]), ({}, {}))
        self.assertEqual(len(self.logs("?limit=2")), 2)
        self.assertEqual(self.agent.request("GET", "/watcher/git_logs?limit=x").status, 422)

    def test_a_merge_is_compared_with_its_first_parent(self) -> None:
        self.write("f", b"1\n")
        self.commit()
        self.git("checkout", "-qb", "side")
        self.write("side", b"s\n")
        self.commit()
        self.git("checkout", "-q", "-")
        self.write("f", b"2\n")
        self.commit()
        self.git("merge", "-q", "--no-ff", "-m", "merged", "side")
        logs = self.logs()
        self.assertEqual((logs[0]["message"], set(logs[0]["diff"])), ("merged", {"side"}))

    def test_unknown_commits_and_options_in_disguise_are_errors(self) -> None:
        self.commit()
        for name in ("no-such", "--output=/tmp/x", "-p", "HEAD:f", "HEAD..HEAD"):
            answer = self.agent.post("/watcher/generate_diff", {"commit_a": name, "commit_b": "HEAD"})
            self.assertEqual(answer.status, 500, name)

    def test_messages_are_kept_as_they_are(self) -> None:
        for message in ("", "#1 is no comment", "-m"):
            self.commit(message)
            self.assertEqual(self.logs("?limit=1")[0]["message"], message)

    def test_a_stale_upload_is_not_committed(self) -> None:
        self.write(".sandbox-upload-1", b"x")
        self.write("d/.sandbox-upload-2", b"x")
        self.write("d/f", b"x")
        self.commit()
        self.assertEqual(self.git("ls-files"), "d/f\n")

    def test_somebody_elses_repository_can_be_watched(self) -> None:
        self.write("f", b"x")
        self.commit()
        if os.getuid() == 0:
            for folder, _, files in os.walk(self.agent.workspace):
                for name in (folder, *(os.path.join(folder, file) for file in files)):
                    os.chown(name, 1234, 1234)
        self.assertEqual(len(self.commit()), 40)


class HostileRepositoryTest(WatcherCase):
    def test_nothing_of_the_repository_is_executed(self) -> None:
        self.commit()
        trap = self.agent.path("trap.sh")
        self.write("trap.sh", b'#!/bin/sh\necho "$0 $*" >> "$(dirname "$0")/../executed"\ncat\n')
        os.chmod(trap, 0o755)
        proof = os.path.join(self.agent.home, "executed")
        os.makedirs(self.agent.path(".git", "hooks"), exist_ok=True)
        for hook in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg", "post-index-change", "reference-transaction"):
            shutil.copy(trap, self.agent.path(".git", "hooks", hook))
        for name, value in (
            ("core.fsmonitor", trap),
            ("core.hooksPath", self.agent.path(".git", "hooks")),
            ("commit.gpgSign", "true"),
            ("gpg.program", trap),
            ("core.editor", trap),
            ("core.pager", trap),
            ("filter.evil.clean", trap),
            ("filter.evil.smudge", trap),
            ("filter.evil.required", "true"),
            ("filter.worse.process", trap),
            ("diff.external", trap),
            ("diff.evil.command", trap),
            ("diff.evil.textconv", trap),
            ("core.worktree", "/tmp"),
            ("log.showSignature", "true"),
        ):
            self.git("config", name, value)
        self.write(".gitattributes", b"*.a filter=evil diff=evil\n*.b filter=worse\n")
        self.write("x.a", b"a\n")
        self.write("x.b", b"b\n")
        first = self.commit()
        self.write("x.a", b"aa\n")
        self.write("x.b", b"bb\n")
        self.assertEqual(self.diff()["x.a"], "--- a/x.a\n+++ b/x.a\n@@ -1 +1 @@\n-a\n+aa")
        self.diff(first, self.commit())
        self.logs()
        self.assertFalse(os.path.exists(proof), open_text(proof) if os.path.exists(proof) else "")

    def test_a_broken_repository_is_an_error_that_says_so(self) -> None:
        self.write(".git", b"nonsense")
        answer = self.agent.post("/watcher/commit_changes", {})
        self.assertEqual(answer.status, 500)
        self.assertIn("git", answer.json()["detail"])


class TimeLimitTest(WatcherCase):
    environment = {"AGENT_CALL_TIMEOUT": "1"}

    def test_a_git_that_was_killed_leaves_no_lock(self) -> None:
        self.commit()
        os.mkfifo(self.agent.path(".git", "info-pipe"))
        os.unlink(self.agent.path(".git", "HEAD"))
        os.mkfifo(self.agent.path(".git", "HEAD"))  # git waits for a writer
        answer = self.agent.post("/watcher/commit_changes", {})
        self.assertEqual(answer.status, 500)
        self.assertIn("the time limit of 1 s was reached", answer.json()["detail"])
        self.assertFalse(os.path.exists(self.agent.path(".git", "index.lock")))


def open_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
