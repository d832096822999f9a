"""`/v1/code/execute`: a program of its own for each call, or a cell of a session."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

from sandbox_agent import call
from sandbox_agent.aio_errors import AioFailed
from sandbox_agent.output import BoundedOutput
from sandbox_agent.shell import working_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sandbox_agent.aio_jupyter import AioJupyter
    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

MAX_ARGUMENT = 100_000  # Linux takes 128 KiB in one argument; longer code is a file
FLAGS = {"python": "-c", "javascript": "-e"}
NAMES = {"python": "main.py", "javascript": "main.js"}


class AioCode:
    def __init__(self, processes: Processes, jupyter: AioJupyter, settings: Settings) -> None:
        self._processes = processes
        self._jupyter = jupyter
        self._settings = settings

    def execute(self, values: dict[str, Any], caller: Caller) -> Json:
        language, timeout = values["language"], values["timeout"] or self._settings.call_timeout
        if values["stateful"]:
            if language != "python":
                raise AioFailed(f"only python can be stateful, not {language}", "leave stateful away, or use python")
            told = self._jupyter.run(values["code"], timeout, values["cwd"], values["session_id"], caller)
            return _of_cell(values, told)
        return self._run(values, timeout, caller)

    def _run(self, values: dict[str, Any], timeout: float, caller: Caller) -> Json:
        language, code = values["language"], values["code"]
        program = self._program(language)
        cwd = working_directory({"cwd": values["cwd"]}, self._settings.workspace)
        limit = self._settings.max_output
        outputs = BoundedOutput(limit), BoundedOutput(limit)
        with tempfile.TemporaryDirectory(prefix="code-") as folder:
            arguments = [program, FLAGS[language], code]
            if len(code.encode("utf-8")) > MAX_ARGUMENT:
                path = os.path.join(folder, NAMES[language])
                with open(path, "w", encoding="utf-8") as file:
                    file.write(code)
                arguments = [program, path]
            try:
                done = call.run(self._processes, arguments, cwd=cwd, timeout=timeout, caller=caller, outputs=outputs)
            except OSError as error:
                raise AioFailed(f"{language} could not be started: {error}") from error
        stdout, stderr = outputs[0].text(), outputs[1].text()
        if done.timed_out:
            stderr += f"[sandbox] the time limit of {timeout:g} s was reached; the code and all it started were killed\n"
        status = "timeout" if done.timed_out else "error" if done.returncode else "ok"
        streams = [_stream(name, text) for name, text in (("stdout", stdout), ("stderr", stderr)) if text]
        return {
            "language": language, "status": status, "outputs": streams, "code": code, "stdout": stdout, "stderr": stderr,
            "exit_code": done.returncode, "traceback": stderr.splitlines() if status == "error" else None, "session_id": None,
        }  # fmt: skip

    def _program(self, language: str) -> str:
        if language == "python":
            return self._settings.python or sys.executable
        node = shutil.which("node", path=self._settings.environment.get("PATH"))
        if node is None:
            raise AioFailed("this sandbox has no node, which javascript needs", "use an image with Node.js, or python")
        return node


def _of_cell(values: dict[str, Any], told: Json) -> Json:
    outputs = told["outputs"]
    assert isinstance(outputs, list)
    printed = {name: "".join(o["text"] for o in outputs if o.get("name") == name) for name in ("stdout", "stderr")}
    errors = [output["traceback"] for output in outputs if output["output_type"] == "error"]
    return {
        "language": "python", "status": told["status"], "outputs": outputs, "code": values["code"], **printed,
        "exit_code": 0 if told["status"] == "ok" else 1, "traceback": errors[-1] if errors else None,
        "session_id": told["session_id"],
    }  # fmt: skip


def _stream(name: str, text: str) -> Json:
    return {"output_type": "stream", "name": name, "text": text}
