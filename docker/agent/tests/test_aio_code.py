"""AIO code: cells of sessions in Jupyter's form, programs, and what the sandbox tells about itself."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import unittest
from typing import Any, cast
from unittest import mock

from sandbox_agent.aio_jupyter import AioJupyter
from sandbox_agent.wire import Caller
from tests.aio_case import AioCase
from tests.harness import Agent, is_running, wait_until

PICTURE = """
class P:
    def _repr_png_(self): return b"png"
    def _repr_html_(self): return "<b>p</b>"
    def __repr__(self): return "P()"
"""


class CellCase(AioCase):
    def cell(self, code: str, session: str | None = "s", **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.data("jupyter/execute", code=code, session_id=session, **more)
        return result


class CellTest(CellCase):
    def test_outputs_are_those_of_jupyter(self) -> None:
        told = self.cell("import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7", "outputs")
        self.assertEqual((told["kernel_name"], told["session_id"], told["status"], told["execution_count"]), ("python3", "outputs", "ok", 1))
        self.assertEqual(told["outputs"], [
            {"output_type": "stream", "name": "stdout", "text": "out\n"},
            {"output_type": "stream", "name": "stderr", "text": "err\n"},
            {"output_type": "execute_result", "data": {"text/plain": "42"}, "metadata": {}, "execution_count": 1},
        ])  # fmt: skip
        self.assertEqual(self.cell("None", "outputs")["outputs"], [])
        self.assertEqual(self.cell("", "outputs")["outputs"], [])

    def test_an_exception_is_an_output_with_its_parts(self) -> None:
        told = self.cell("def f():\n    raise ValueError('no')\nprint('before')\nf()")
        self.assertEqual(told["status"], "error")
        self.assertEqual(told["outputs"][0], {"output_type": "stream", "name": "stdout", "text": "before\n"})
        error = told["outputs"][1]
        self.assertEqual((error["output_type"], error["ename"], error["evalue"]), ("error", "ValueError", "no"))
        self.assertIn("ValueError", "\n".join(error["traceback"]))
        self.assertEqual(self.cell("1 +")["outputs"][0]["ename"], "SyntaxError")

    def test_what_is_shown_comes_whole(self) -> None:
        told = self.cell(PICTURE + "display(P())\nP()", "shown")
        data = {"text/plain": "P()", "image/png": "cG5n", "text/html": "<b>p</b>"}
        self.assertEqual([(output["output_type"], output["data"]) for output in told["outputs"]], [("display_data", data), ("execute_result", data)])

    def test_names_stay_in_their_session(self) -> None:
        self.cell("x = 1", "one")
        self.cell("x = 2", "two")
        self.assertEqual(self.cell("x", "one")["outputs"][0]["data"]["text/plain"], "1")
        fresh = self.cell("x", None)
        self.assertEqual(fresh["outputs"][0]["ename"], "NameError")
        self.assertEqual(self.cell("1", fresh["session_id"])["execution_count"], 2)
        self.assertIn("name 'x' is not defined", self.agent.cell("x")["stdout"], "the interpreter of the other wire is another one")

    def test_a_cell_has_a_folder_and_a_limit(self) -> None:
        self.assertEqual(self.cell("import os; os.getcwd()", cwd="/usr")["outputs"][0]["data"]["text/plain"], "'/usr'")
        begin = time.monotonic()
        told = self.cell("y = 1\nwhile True: pass", timeout=1)
        self.assertLess(time.monotonic() - begin, 8)
        self.assertEqual(told["status"], "timeout")
        self.assertIn("KeyboardInterrupt", [output.get("ename") for output in told["outputs"]])
        self.assertEqual(self.cell("y")["status"], "ok")

    def test_an_interpreter_that_ends_is_told_and_replaced(self) -> None:
        told = self.cell("import os; os._exit(3)", "dies")
        self.assertEqual(told["status"], "error")
        self.assertIn("exit status 3", told["outputs"][-1]["text"])
        self.assertEqual(self.cell("1", "dies")["status"], "ok")

    def test_arguments_are_checked(self) -> None:
        self.assertEqual([row["type"] for row in self.wrong("jupyter/execute", timeout=301)], ["missing", "less_than_equal"])
        self.assertIn("no kernel 'julia'", self.failed("jupyter/execute", code="1", kernel_name="julia")["message"])

    def test_cells_of_the_other_wire_are_as_before(self) -> None:
        self.cell("1 + 1", "before")
        self.assertEqual(self.agent.cell("40 + 2")["stdout"].strip(), "Out[1]: 42")
        self.assertIn("ZeroDivisionError", self.agent.cell("1 / 0")["stdout"])


class SessionTest(unittest.TestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.made: list[mock.Mock] = []
        self.jupyter = AioJupyter(self.new_cells, lambda: self.now)
        self.caller = cast(Caller, None)

    def new_cells(self) -> mock.Mock:
        cells = mock.Mock()
        cells.prepare.return_value = lambda _live: {"content": []}
        self.made.append(cells)
        return cells

    def run_in(self, name: str) -> None:
        self.jupyter.run("1", 5, None, name, self.caller)

    def test_sessions_end_half_an_hour_after_their_last_cell(self) -> None:
        self.run_in("old")
        self.now = 1000
        self.run_in("new")
        self.now = 1801
        self.jupyter.expire()
        self.made[0].restart.assert_called_once_with()
        self.made[1].restart.assert_not_called()
        self.run_in("new")
        self.assertEqual(len(self.made), 2)

    def test_the_oldest_makes_room(self) -> None:
        for number in range(17):
            self.now = number
            self.run_in(str(number))
        self.made[0].restart.assert_called_once_with()
        self.assertEqual(sum(cells.restart.call_count for cells in self.made), 1)


class ProgramTest(AioCase):
    def test_python_is_run_afresh(self) -> None:
        with open(self.agent.path("mine.py"), "w", encoding="ascii") as file:
            file.write("A = 5\n")
        told = self.data("code/execute", language="python", code="import mine, sys; print(mine.A); print('e', file=sys.stderr)")
        self.assertEqual((told["status"], told["exit_code"], told["stdout"], told["stderr"], told["traceback"]), ("ok", 0, "5\n", "e\n", None))
        self.assertEqual([output["name"] for output in told["outputs"]], ["stdout", "stderr"])
        told = self.data("code/execute", language="python", code="print(A)")
        self.assertEqual((told["status"], told["exit_code"]), ("error", 1))
        self.assertIn("NameError", told["traceback"][-1])

    def test_long_code_runs_too(self) -> None:
        told = self.data("code/execute", language="python", code="x = 1 # " + "x" * 300_000 + "\nprint(x)")
        self.assertEqual((told["status"], told["stdout"]), ("ok", "1\n"))
        self.assertEqual([name for name in os.listdir(tempfile.gettempdir()) if name.startswith("code-") and self.is_ours(name)], [])

    def is_ours(self, name: str) -> bool:
        return os.path.exists(os.path.join(tempfile.gettempdir(), name, "main.py"))

    def test_a_limit_ends_all_that_was_started(self) -> None:
        code = "import subprocess; print(subprocess.Popen(['sleep', '300']).pid, flush=True); input_ = __import__('time').sleep(300)"
        told = self.data("code/execute", language="python", code=code, timeout=1)
        self.assertEqual((told["status"], told["exit_code"]), ("timeout", 124))
        self.assertIn("the time limit of 1 s", told["stderr"])
        wait_until(lambda: not is_running(int(told["stdout"])))

    def test_stateful_code_keeps_its_names(self) -> None:
        told = self.data("code/execute", language="python", code="a = 1", stateful=True)
        again = self.data("code/execute", language="python", code="print(a); 1/0", stateful=True, session_id=told["session_id"])
        self.assertEqual((again["status"], again["stdout"], again["exit_code"]), ("error", "1\n", 1))
        self.assertIn("ZeroDivisionError", "\n".join(again["traceback"]))
        self.assertIn("only python can be stateful", self.failed("code/execute", language="javascript", code="1", stateful=True)["message"])

    def test_other_languages_are_refused(self) -> None:
        self.assertEqual(self.wrong("code/execute", language="cobol", code="")[0]["msg"], "Input should be 'python' or 'javascript'")


class JavascriptTest(unittest.TestCase):
    """With a `node` of the test's own: what is tried here is how the agent runs it."""

    def agent(self, folder: str) -> Agent:
        return Agent({"AGENT_FEATURES": "aio", "PATH": folder})

    def test_it_runs_where_node_is(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            node = os.path.join(folder, "node")
            with open(node, "w", encoding="ascii") as file:
                file.write('#!/bin/sh\n[ "$1" = --version ] && echo v20.1.0 && exit\necho "ran $1: $2"; exit 4\n')
            os.chmod(node, 0o755)
            agent = self.agent(folder)
            try:
                told = agent.post("/v1/code/execute", {"language": "javascript", "code": "1 + 1"}).json()["data"]
                self.assertEqual((told["stdout"], told["exit_code"], told["status"]), ("ran -e: 1 + 1\n", 4, "error"))
                detail = agent.request("GET", "/v1/sandbox").json()["detail"]
                self.assertEqual(detail["runtime"]["nodejs"], [{"ver": "20.1.0", "bin": node, "alias": []}])
            finally:
                agent.stop()
                agent.remove()

    def test_a_missing_node_is_told(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            agent = self.agent(folder)
            try:
                told = agent.post("/v1/code/execute", {"language": "javascript", "code": "1"}).json()
                self.assertEqual((told["success"], told["message"]), (False, "this sandbox has no node, which javascript needs"))
                self.assertIn("no bash", agent.post("/v1/shell/exec", {"command": "x"}).json()["message"])
            finally:
                agent.stop()
                agent.remove()


class AboutTest(AioCase):
    def test_the_sandbox_tells_what_it_is(self) -> None:
        told = self.agent.request("GET", "/v1/sandbox").json()
        self.assertEqual((told["success"], told["data"], told["home_dir"], told["workspace"]), (True, None, self.agent.home, self.agent.workspace))
        system = told["detail"]["system"]
        self.assertEqual((system["os"], system["arch"], system["workspace"]), ("Linux", os.uname().machine, self.agent.workspace))
        python = told["detail"]["runtime"]["python"][0]
        self.assertEqual(python["bin"], shutil.which("python3"))
        self.assertRegex(python["ver"], r"^3\.\d+")
        self.assertIn({"name": "bash", "description": "shell"}, told["detail"]["utils"][0]["tools"])

    def test_ports_that_are_listened_on_are_told(self) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as listener:
            ports = self.agent.request("GET", "/v1/sandbox").json()["detail"]["system"]["occupied_ports"]
            self.assertIn(str(listener.getsockname()[1]), ports)

    def test_the_document_says_what_the_routes_do(self) -> None:
        document = self.agent.request("GET", "/v1/openapi.json").json()
        self.assertEqual(document["openapi"], "3.1.0")
        for path in ("shell/exec", "shell/view", "shell/wait", "shell/write", "shell/kill", "file/read", "file/write", "file/replace",
                     "file/search", "file/find", "file/list", "file/upload", "file/download", "code/execute", "jupyter/execute", "sandbox",
                     "docs", "openapi.json"):  # fmt: skip
            self.assertIn(f"/v1/{path}", document["paths"])
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                with self.subTest(path=path):
                    required = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("required", [])
                    if method == "post" and required:
                        rows = self.agent.post(path, {}).json()["detail"]
                        self.assertEqual([row["loc"][1] for row in rows if row["type"] == "missing"], required)
                    self.assertNotIn(self.agent.request(method.upper(), path).status, (404, 405, 500))
                    for reference in _references(operation):
                        self.assertIn(reference.rpartition("/")[2], document["components"]["schemas"])
        schema = document["paths"]["/v1/shell/exec"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        self.assertEqual(schema["properties"]["truncate"]["default"], True)

    def test_the_page_names_every_route_and_runs_nothing(self) -> None:
        answer = self.agent.request("GET", "/v1/docs")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/html; charset=utf-8"))
        for path in self.agent.request("GET", "/v1/openapi.json").json()["paths"]:
            self.assertIn(path, answer.body.decode())
        self.assertNotIn(b"<script", answer.body)


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [str(inner) for name, inner in value.items() if name == "$ref"] + [found for inner in value.values() for found in _references(inner)]
    return [found for inner in value for found in _references(inner)] if isinstance(value, list) else []
