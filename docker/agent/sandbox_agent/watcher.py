"""What changed in the workspace: commits, diffs and a history, kept by git."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading

from sandbox_agent import arguments
from sandbox_agent.errors import ToolFailed
from sandbox_agent.git import Git
from sandbox_agent.git_diff import parse_commit_diffs, parse_diffs
from sandbox_agent.wire import ClientGone
from sandbox_agent.workspace import STAGING_PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

EVERYTHING = ("add", "--all", "--", ".", f":(exclude,glob)**/{STAGING_PREFIX}*")
PATCH = ("--patch-with-raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=3")


class Watcher:
    """One request at a time: git locks its index and does not wait."""

    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self._turn = threading.Lock()

    def commit(self, body: Json, caller: Caller) -> Json:
        message = arguments.optional_string(body, "commit_message")
        message = "Automated commit" if message is None else message
        with self._repository(caller) as git:
            git.run(*EVERYTHING)
            options = ("--allow-empty", "--allow-empty-message", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim")
            git.run("commit", "--quiet", *options, "--file=-", data=message.encode("utf-8"))
            return {"commit": git.run("rev-parse", "HEAD").decode("ascii").strip(), "message": message}

    def diff(self, body: Json, caller: Caller) -> Json:
        before, after = arguments.string(body, "commit_a"), arguments.string(body, "commit_b")
        if bool(before) != bool(after):
            return {"status_code": 400, "detail": "Invalid commit range", "headers": None}
        with self._repository(caller) as git:
            if before:
                ends = [_commit(git, before), _commit(git, after)]
                return {"diffs": parse_diffs(git.run("diff", *PATCH, *ends, "--"))}
            return {"diffs": self._uncommitted(git)}

    def _uncommitted(self, git: Git) -> dict[str, str]:
        """The last commit against the workspace, by way of an index of our own: the user's stays as it is."""
        folder = tempfile.mkdtemp(prefix="sandbox-agent-")
        try:
            index = os.path.join(folder, "index")
            known = os.path.join(self._settings.workspace, ".git", "index")
            if os.path.isfile(known):  # with it git need not read every file again
                shutil.copy2(known, index)
            env = {"GIT_INDEX_FILE": index}
            git.run(*EVERYTHING, env=env)
            head = git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1)).decode("ascii").strip()
            base = head or git.run("hash-object", "-t", "tree", "--stdin", data=b"").decode("ascii").strip()
            return parse_diffs(git.run("diff", *PATCH, "--cached", base, "--", env=env))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def logs(self, query: Mapping[str, str], caller: Caller) -> Json:
        limit = query.get("limit", "")
        if limit and not (limit.isascii() and limit.isdigit()):
            raise arguments.invalid("int_parsing", "limit", "Input should be a valid integer", limit, "query")
        with self._repository(caller) as git:
            if not git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1)):
                return {"logs": []}
            form = "--format=%H%x00%P%x00%an%x00%cI%x00%B"
            fields = git.run("log", "-z", form, *([f"--max-count={limit}"] if limit else [])).decode("utf-8", "replace")
            rows = _rows(fields.split("\0"))
            pairs = [f"{commit} {parents.split()[0]}\n" for commit, parents, *_ in rows if parents]
            diffs = parse_commit_diffs(git.run("diff-tree", "--stdin", "-r", *PATCH, data="".join(pairs).encode()))
        logs = []
        for commit, _, author, date, message in rows:
            told = {"commit": commit, "author": author, "date": date, "message": message.strip("\n")}
            logs.append({**told, "diff": diffs.get(commit, {})})
        return {"logs": logs}

    def _repository(self, caller: Caller) -> _Turn:
        return _Turn(self._turn, Git(self._processes, self._settings, caller), caller, self._settings.call_timeout)


class _Turn:
    """The repository for one request, once the others are done with it."""

    def __init__(self, turn: threading.Lock, git: Git, caller: Caller, timeout: float) -> None:
        self._turn = turn
        self._git = git
        self._caller = caller
        self._timeout = timeout

    def __enter__(self) -> Git:
        for _ in range(int(self._timeout * 10) + 1):
            if self._turn.acquire(timeout=0.1):
                break
            if self._caller.has_hung_up():
                raise ClientGone
        else:
            raise ToolFailed(f"another request kept the repository for {self._timeout:g} s")
        try:
            self._git.open()
        except BaseException:
            self._turn.release()
            raise
        return self._git

    def __exit__(self, *_: object) -> None:
        self._turn.release()


def _commit(git: Git, name: str) -> str:
    """The object id of a commit; a name can then never be an option."""
    return git.run("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}").decode("ascii").strip()


def _rows(fields: list[str]) -> list[list[str]]:
    return [fields[start : start + 5] for start in range(0, len(fields) - 4, 5)]
