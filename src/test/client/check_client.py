#!/usr/bin/env python3
"""Checks a sandbox server with AgentScope's own Python client, synchronous and asynchronous.

Every case is written once and runs with both forms of the client. Prints ``PASS|FAIL name: why``
and ``N passed, N failed, 0 skipped``; exits with 1 after a failure.
"""
import argparse
import asyncio
import contextlib
import fnmatch
import inspect
import io
import logging
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback

from agentscope_runtime.sandbox import BaseSandbox, BaseSandboxAsync
from agentscope_runtime.sandbox.enums import SandboxType

from cases import Failure, check
from typed_cases import TYPES

MINI_MCP = pathlib.Path(__file__).parent.parent / "conformance" / "sandbox_stub" / "mini_mcp.py"
MODEL_MEMBERS = (
    "session_id container_id container_name url ports mount_dir storage_path runtime_token version meta timeout"
    " sandbox_type state session_ctx_id last_active_at recycled_at released_at updated_at recycle_reason redirect_to"
).split()


def equal(seen, expected, what):
    check(seen == expected, "%s is not %.200r" % (what, expected), seen)


class Form:
    """One form of the client; hides whether a call has to be awaited, and the ``_async`` in its name."""

    def __init__(self, name, sandbox_class, options):
        self.name, self.sandbox_class, self.options = name, sandbox_class, options
        self.suffix = "_async" if name == "async" else ""

    def client(self, **more):
        return self.sandbox_class(**{**self.options, **more})

    async def call(self, target, method, *args, **kwargs):
        result = (getattr(target, method + self.suffix, None) or getattr(target, method))(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    @contextlib.asynccontextmanager
    async def sandbox(self, **more):
        client = self.client(**more)
        if self.suffix:
            async with client as box:
                yield Box(self, box)
        else:
            with client as box:
                yield Box(self, box)


class Box:
    """A sandbox in use. Its manager is asked with keywords: some asynchronous calls lose the name of a plain argument."""

    def __init__(self, form, client):
        self.form, self.client, self.id = form, client, client.sandbox_id

    async def call(self, method, *args, **kwargs):
        return await self.form.call(self.client, method, *args, **kwargs)

    async def info(self):
        return await self.form.call(self.client.manager_api, "get_info", identity=self.id)

    async def fs(self, method, *args, **kwargs):
        return await self.form.call(self.client.fs, method, *args, **kwargs)

    async def shell(self, command):
        return parts(await self.call("run_shell_command", command=command))


def parts(result):
    """The labelled texts of a tool's result, with its error flag under ``isError``."""
    check(isinstance(result, dict) and "content" in result, "not a tool's result", result)
    texts = {part.get("description"): part["text"] for part in result["content"]}
    return {**texts, "isError": result["isError"]}


CASES = []


def case(function):
    CASES.append(function)
    return function


def in_shared_sandbox(function):
    """A case that may share its sandbox with others; it gets a directory of its own."""
    function.shared = True
    return case(function)


# --- life ---------------------------------------------------------------------------------------


@case
async def with_creates_and_releases(form):
    async with form.sandbox() as box:
        check(isinstance(box.id, str) and not box.id.startswith("Error"), "no sandbox", box.id)
        equal((await box.shell("echo here"))["stdout"], "here\n", "stdout")
        manager = box.client.manager_api
    equal(await form.call(manager, "get_status", identity=box.id), None, "status after the end")
    equal((await box.info())["state"], "released", "state after the end")


@case
async def an_exception_releases(form):
    with contextlib.suppress(ZeroDivisionError):
        async with form.sandbox() as box:
            manager = box.client.manager_api
            1 / 0  # noqa: B018
    equal(await form.call(manager, "get_status", identity=box.id), None, "status after the exception")


@case
async def start_and_close(form):
    client = form.client()
    await form.call(client, "start")
    box = Box(form, client)
    try:
        equal((await box.shell("echo started"))["stdout"], "started\n", "stdout")
    finally:
        await form.call(client, "close")
    equal(await form.call(client.manager_api, "get_status", identity=box.id), None, "status after close")


@case
async def second_client_joins_by_id(form):
    async with form.sandbox() as first:
        await first.shell("echo kept >kept.txt")
        second = Box(form, form.client(sandbox_id=first.id))
        equal((await second.shell("cat kept.txt"))["stdout"], "kept\n", "what the second client sees")


@case
async def several_at_once(form):
    async def one(number):
        async with form.sandbox() as box:
            return box.id, (await box.shell("echo %d" % number))["stdout"]

    results = await asyncio.gather(*(one(number) for number in range(3)))
    equal(len({name for name, _ in results}), 3, "number of sandboxes")
    equal([text for _, text in results], ["0\n", "1\n", "2\n"], "their answers")


@case
async def environment_reaches_the_sandbox(form):
    manager = form.client().manager_api
    name = await form.call(manager, "create", sandbox_type="base", environment={"GREETING": "grüß dich"})
    check(isinstance(name, str) and not name.startswith("Error"), "no sandbox", name)
    try:
        box = Box(form, form.client(sandbox_id=name))
        equal((await box.shell("echo $GREETING"))["stdout"], "grüß dich\n", "the variable")
    finally:
        await form.call(manager, "release", identity=name)


@case
async def failed_create_answers_none(form):
    manager = form.client().manager_api
    equal(await form.call(manager, "create", sandbox_type="base", environment={"A": None}), None, "create's answer")


@case
async def failed_create_raises(form):
    """The client takes any answer but null for a sandbox, an error's text included."""
    try:
        async with form.sandbox(sandbox_type=SandboxType(OPTIONS.failing_type)) as box:
            raise Failure("a sandbox of type %s was made: %.300s" % (OPTIONS.failing_type, box.id))
    except RuntimeError as error:
        check("No sandbox available" in str(error), "another error", str(error))


@case
async def wrong_token_gets_nothing(form):
    """The client does not raise: the error's text becomes its id. A server without token lets everybody in."""
    async with form.sandbox(bearer_token="wrong") as box:
        if OPTIONS.token:
            check(box.id.startswith("Error: HTTP 401"), "not refused", box.id)
            check("Invalid authentication credentials" in box.id, "no reason", box.id)
        else:
            check(not box.id.startswith("Error"), "refused by a server without token", box.id)


# --- information --------------------------------------------------------------------------------


@in_shared_sandbox
async def info_has_every_member(box, _):
    info = await box.info()
    equal(list(info), MODEL_MEMBERS, "members")
    equal(info["container_name"], box.id, "container_name")
    check(info["container_name"].endswith(info["session_id"]), "session_id is not the name's end", info)
    check(re.fullmatch("[0-9a-f]{32}", info["runtime_token"]), "runtime_token", info["runtime_token"])
    check(info["url"].startswith("http://"), "url", info["url"])
    equal(info["state"], "running", "state")
    equal(info["sandbox_type"], box.client.sandbox_type.value, "sandbox_type")
    check(info["session_ctx_id"] == info["meta"]["session_ctx_id"], "session_ctx_id", info)


@in_shared_sandbox
async def info_of_the_sandbox_object(box, _):
    """The asynchronous form sends ``{"args": <name>}``, which the reference server refuses; understanding it is better."""
    info = await box.call("get_info")
    if isinstance(info, str):
        check(box.form.name == "async" and info.startswith("Error: HTTP 500"), "no information", info)
    else:
        equal(info["container_name"], box.id, "container_name")


@in_shared_sandbox
async def session_lists_the_sandbox(box, _):
    manager = box.client.manager_api
    session = (await box.info())["session_ctx_id"]
    equal(await box.form.call(manager, "get_session_mapping", session_ctx_id=session), [box.id], "the session's sandboxes")
    check(session in await box.form.call(manager, "list_session_keys"), "the session is not listed")


@in_shared_sandbox
async def health_and_status(box, _):
    manager = box.client.manager_api
    equal(await box.form.call(manager, "check_health", identity=box.id), True, "health")
    equal(await box.form.call(manager, "get_status", identity=box.id), "running", "status")


# --- tools --------------------------------------------------------------------------------------


@in_shared_sandbox
async def tools_are_listed(box, _):
    generic = (await box.call("list_tools"))["generic"]
    equal(set(generic), {"run_ipython_cell", "run_shell_command"}, "generic tools")
    equal(generic["run_shell_command"]["json_schema"]["function"]["parameters"]["required"], ["command"], "schema")
    equal(await box.call("list_tools", tool_type="generic"), {"generic": generic}, "one group")


@in_shared_sandbox
async def shell_command(box, _):
    equal(await box.shell("echo grüß; echo no >&2; exit 3"),
          {"stdout": "grüß\n", "stderr": "no\n", "returncode": "3", "isError": True}, "result")
    equal((await box.shell("pwd"))["stdout"], "/workspace\n", "directory")


@in_shared_sandbox
async def ipython_cell_keeps_its_state(box, _):
    await box.call("run_ipython_cell", code="kept = 41")
    result = parts(await box.call("run_ipython_cell", code="print('grüß')\nkept + 1"))
    check("grüß\n" in result["stdout"] and "42" in result["stdout"], "stdout", result)
    equal(result["isError"], False, "isError")


@in_shared_sandbox
async def unknown_tool_is_an_error(box, _):
    """The plain route answers a result that is an error; the asynchronous one may answer an error that becomes a string."""
    result = await box.call("call_tool", "no_such_tool", {})
    if isinstance(result, str):
        check(result.startswith("Error: HTTP 500") and box.form.name == "async", "result", result)
    else:
        equal(result["isError"], True, "isError")


@in_shared_sandbox
async def mcp_server_round_trip(box, directory):
    server = "%s/mini_mcp.py" % directory
    written = await box.shell("mkdir -p %s; cat >%s <<'END_OF_FILE'\n%sEND_OF_FILE" % (directory, server, MINI_MCP.read_text()))
    equal(written["returncode"], "0", "writing the server")
    name = "mini_" + box.form.name
    config = {"mcpServers": {name: {"command": "python3", "args": [server]}}}
    equal(await box.call("add_mcp_servers", config), "OK", "add_mcp_servers")
    check("add_numbers" in (await box.call("list_tools"))[name], "the tool is not listed")
    result = await box.call("call_tool", "add_numbers", {"a": 1, "b": 2})
    equal([part["text"] for part in result["content"]], ["3"], "the tool's answer")


@in_shared_sandbox
async def bad_mcp_server_is_an_error(box, _):
    config = {"mcpServers": {"bad": {"command": "no_such_command_xyz", "args": []}}}
    result = await box.call("add_mcp_servers", config)
    failed = result.startswith("Error: HTTP 500") if isinstance(result, str) else result["isError"]
    check(failed, "no error", result)


# --- files --------------------------------------------------------------------------------------


@in_shared_sandbox
async def write_and_read(box, directory):
    path = directory + "/grüß dich+1.txt"
    entry = await box.fs("write", path, "grüß\n")
    equal((entry["name"], entry["type"], entry["size"]), ("grüß dich+1.txt", "file", 7), "entry")
    equal(await box.fs("read", path), "grüß\n", "text")
    equal(await box.fs("read", path, "bytes"), "grüß\n".encode(), "bytes")
    equal((await box.shell("cat '%s'" % path))["stdout"], "grüß\n", "what the shell sees")


@in_shared_sandbox
async def write_every_kind_of_data(box, directory):
    blob = bytes(range(256)) * 2048  # 512 KiB: the official image takes no more than 1 MiB
    with tempfile.TemporaryDirectory() as local:
        local_file = os.path.join(local, "blob")
        with open(local_file, "wb") as out:
            out.write(blob)
        for name, write in {
            "bytes": ("write", directory + "/bytes", blob),
            "bytearray": ("write", directory + "/bytearray", bytearray(blob)),
            "stream": ("write", directory + "/stream", io.BytesIO(blob)),
            "file": ("write_from_path", directory + "/file", local_file),
        }.items():
            equal((await box.fs(*write))["size"], len(blob), "size of " + name)
            check(await box.fs("read", directory + "/" + name, "bytes") == blob, name + " came back changed")


@in_shared_sandbox
async def read_as_a_stream(box, directory):
    blob = os.urandom(600_000)
    await box.fs("write", directory + "/blob", blob)
    stream = await box.fs("read", directory + "/blob", "stream")
    if hasattr(stream, "__aiter__"):
        read = b"".join([piece async for piece in stream])
    else:
        read = b"".join(stream)
    check(read == blob, "the stream differs: %d bytes" % len(read))


@in_shared_sandbox
async def write_many(box, directory):
    files = [{"path": directory + "/many/a.txt", "data": "a\n"}, {"path": directory + "/many/deep/b.bin", "data": b"\0\xff"},
             {"path": directory + "/many/grüß.txt", "data": io.BytesIO(b"c"), "content_type": "text/plain"}]
    entries = await box.fs("write_many", files)
    equal([entry["size"] for entry in entries], [2, 2, 1], "sizes")
    equal(await box.fs("read", directory + "/many/deep/b.bin", "bytes"), b"\0\xff", "the second file")
    equal(await box.fs("read", directory + "/many/grüß.txt"), "c", "the third file")


@in_shared_sandbox
async def list_entries(box, directory):
    await box.fs("write", directory + "/one.txt", "1")
    await box.fs("write", directory + "/sub/two.txt", "22")
    flat = await box.fs("list", directory)
    equal(sorted((entry["name"], entry["type"]) for entry in flat), [("one.txt", "file"), ("sub", "dir")], "one level")
    deep = await box.fs("list", directory, depth=2)
    equal({entry["name"]: entry["size"] for entry in deep}.get("two.txt"), 2, "size of the deeper file")


@in_shared_sandbox
async def exists(box, directory):
    equal(await box.fs("exists", directory + "/x"), False, "before")
    await box.fs("write", directory + "/x", "")
    equal(await box.fs("exists", directory + "/x"), True, "after")


@in_shared_sandbox
async def make_directories(box, directory):
    equal(await box.fs("mkdir", directory + "/a/b"), True, "first time")
    equal(await box.fs("mkdir", directory + "/a/b"), False, "second time")


@in_shared_sandbox
async def move(box, directory):
    await box.fs("write", directory + "/old.txt", "moved")
    equal((await box.fs("move", directory + "/old.txt", directory + "/to/new.txt"))["name"], "new.txt", "entry")
    equal(await box.fs("exists", directory + "/old.txt"), False, "the old name")
    equal(await box.fs("read", directory + "/to/new.txt"), "moved", "content")


@in_shared_sandbox
async def remove(box, directory):
    await box.fs("write", directory + "/gone/x", "")
    await box.fs("remove", directory + "/gone")
    equal(await box.fs("exists", directory + "/gone"), False, "after")
    await box.fs("remove", directory + "/gone")


@in_shared_sandbox
async def file_errors_are_raised(box, directory):
    for expected, method, arguments in (
        (404, "read", (directory + "/missing",)), (404, "list", (directory + "/missing",)),
        (403, "read", ("/etc/passwd",)), (404, "move", (directory + "/missing", directory + "/x")),
    ):
        try:
            result = await box.fs(method, *arguments)
        except Exception as error:  # of requests or of httpx
            status = getattr(getattr(error, "response", None), "status_code", None)
            equal(status, expected, "status of %s %s (%s)" % (method, arguments[0], error))
        else:
            raise Failure("%s %s gave %.200r" % (method, arguments[0], result))


# --- running them -------------------------------------------------------------------------------


def report(name, began, error):
    text = "PASS %s: %.1f s" % (name, time.monotonic() - began)
    if isinstance(error, Failure):
        text = "FAIL %s: %s" % (name, error)
    elif error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = "FAIL %s: %s: %s (%s:%d)" % (name, type(error).__name__, error, os.path.basename(place.filename), place.lineno)
    print(" ".join(text.split()), flush=True)
    return not error


async def run(form, function, box):
    name = "%s_%s" % (form.name, function.__name__)
    began, error = time.monotonic(), None
    try:
        if not hasattr(function, "shared"):
            await asyncio.wait_for(function(form), 150)
        else:
            check(box is not None, "there is no sandbox to run it in")
            await asyncio.wait_for(function(box, "/workspace/" + name), 150)
    except Exception as problem:
        error = problem
    return report(name, began, error)


async def run_form(form, cases):
    results = []
    async with contextlib.AsyncExitStack() as stack:
        box = None
        if any(hasattr(function, "shared") for function in cases):
            with contextlib.suppress(Exception):  # each case that needs it then fails
                box = await stack.enter_async_context(form.sandbox())
        for function in cases:
            results.append(await run(form, function, box))
    return results


async def run_typed(kind, common):
    """The one case of a type, with both forms of its class."""
    classes, function = TYPES[kind]

    async def in_box(form):
        async with form.sandbox() as box:
            await function(box)

    in_box.__name__ = function.__name__
    return [await run(Form(name, sandbox_class, common), in_box, None) for name, sandbox_class in zip(("sync", "async"), classes)]


def main():
    logging.disable(logging.CRITICAL)
    common = {"base_url": OPTIONS.base_url, "bearer_token": OPTIONS.token}
    results = []
    if OPTIONS.type:
        return conclude(asyncio.run(run_typed(OPTIONS.type, common)))
    for name, sandbox_class in (("sync", BaseSandbox), ("async", BaseSandboxAsync)):
        form = Form(name, sandbox_class, common)
        cases = [function for function in CASES if fnmatch.fnmatch("%s_%s" % (name, function.__name__), OPTIONS.only)]
        results += asyncio.run(run_form(form, cases))
    return conclude(results)


def conclude(results):
    failed = results.count(False)
    print("%d passed, %d failed, 0 skipped" % (len(results) - failed, failed))
    return 1 if failed or not results else 0


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--token", help="the server's BEARER_TOKEN")
    parser.add_argument("--only", default="*", metavar="NAME", help="names or patterns such as sync_* or *_move")
    parser.add_argument("--type", choices=TYPES, help="the tools of this type instead of all that base has")
    parser.add_argument("--failing-type", default="mobile", help="a sandbox type whose image the server cannot have (mobile)")
    return parser.parse_args()


if __name__ == "__main__":
    OPTIONS = options()
    sys.exit(main())
