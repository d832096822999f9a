"""Cells without IPython: values of last expressions, top-level await, `!cmd` and the most common magics."""

from __future__ import annotations

import ast
import asyncio
import inspect
import linecache
import os
import re
import shlex
import subprocess
import sys
import traceback
import types

from sandbox_agent.cell_commands import run_command
from sandbox_agent.rich import Display, bundle_of

ESCAPE = re.compile(r"^(\s*)(!|%)(.*)$")
ASSIGNED = re.compile(r"^(\s*)([A-Za-z_][\w.\[\]'\", ]*?)\s*=\s*!(.*)$")
CELL_MAGICS = {"%%bash": "bash", "%%sh": "sh"}


class UsageError(Exception):
    pass


class PlainEngine:
    def __init__(self, module: types.ModuleType, display: Display) -> None:
        self._names = module.__dict__
        self._names.update(__builtins__=__builtins__, _sandbox_escape=self._escape, _sandbox_output=_output_of)
        self._names["display"] = self._show
        self._display = display
        self._loop: asyncio.AbstractEventLoop | None = None
        self._count = 0

    def run(self, code: str) -> None:
        self._count += 1
        name = f"<cell {self._count}>"
        linecache.cache[name] = (len(code), None, [line + "\n" for line in code.split("\n")], name)
        try:
            if self._run_cell_magic(code):
                return
            self._run_tree(_parse(code, name), name, quiet=code.rstrip().endswith(";"))
        except UsageError as error:
            print(f"UsageError: {error}", file=sys.stderr)
        except SystemExit as error:
            print(f"SystemExit: {error.code}")
        except BaseException as error:  # whatever a cell raises is its result
            lines = _traceback(error)
            if self._display.structured:
                self._display.error(error, [line.rstrip("\n") for line in lines])
            else:
                print("-" * 75)
                print("".join(lines), end="")

    def _run_tree(self, tree: ast.Module, name: str, quiet: bool) -> None:
        last: ast.Expression | None = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            statement = tree.body.pop()
            assert isinstance(statement, ast.Expr)
            last = ast.Expression(statement.value)
        self._evaluate(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
        if last is None:
            return
        value = self._evaluate(compile(last, name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
        if value is not None and not quiet:
            self._names["_"] = value
            if self._display.structured:
                self._display.result({"text/plain": repr(value), **bundle_of(value)})
            else:
                print(f"Out[1]: {value!r}")
                self._display.show(bundle_of(value))

    def _show(self, *values: object) -> None:
        for value in values:
            if self._display.structured:
                self._display.show({"text/plain": repr(value), **bundle_of(value)})
            else:
                print(repr(value))
                self._display.show(bundle_of(value))

    def _evaluate(self, code: types.CodeType) -> object:
        value: object = eval(code, self._names)
        if code.co_flags & inspect.CO_COROUTINE and inspect.iscoroutine(value):
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                asyncio.set_event_loop(self._loop)
            return self._loop.run_until_complete(value)
        return value

    def _run_cell_magic(self, code: str) -> bool:
        first, _, rest = code.lstrip().partition("\n")
        if not first.startswith("%%"):
            return False
        program = CELL_MAGICS.get(first.split()[0])
        if program is None:
            raise UsageError(f"Cell magic `{first.split()[0]}` not found: this sandbox has no IPython.")
        status = subprocess.run([program, "-c", rest], stdin=subprocess.DEVNULL, check=False).returncode
        if status:
            print(f"{program} ended with exit status {status}")
        return True

    def _escape(self, kind: str, text: str) -> object:
        if kind == "!":
            self._names["_exit_code"] = run_command(text)
            return None
        return self._magic(text)

    def _magic(self, text: str) -> object:
        name, _, rest = text.strip().partition(" ")
        if name == "pip":
            run_command(f"{shlex.quote(sys.executable)} -m pip {rest}")
        elif name == "cd":
            os.chdir(os.path.expanduser(rest.strip() or "~"))
            print(os.getcwd())
        elif name == "pwd":
            return os.getcwd()
        elif name == "env":
            return self._env(rest.strip())
        else:
            raise UsageError(f"Line magic function `%{name}` not found: this sandbox has no IPython.")
        return None

    def _env(self, text: str) -> object:
        name, equals, value = text.partition("=") if "=" in text else text.partition(" ")
        if not name:
            return dict(os.environ)
        if equals:
            os.environ[name.strip()] = value.strip()
            print(f"env: {name.strip()}={value.strip()}")
            return None
        return os.environ.get(name)


def _output_of(command: str) -> list[str]:
    done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return done.stdout.decode("utf-8", "replace").splitlines()


def _parse(code: str, name: str) -> ast.Module:
    """Escapes are looked for only in what is not Python as it stands: a string may well have lines with `!`."""
    try:
        tree = compile(code, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        rewritten = "\n".join(_rewrite(line) for line in code.split("\n"))
        if rewritten == code:
            raise
        try:
            tree = compile(rewritten, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError:
            raise error from None
    assert isinstance(tree, ast.Module)
    return tree


def _rewrite(line: str) -> str:
    found = ESCAPE.match(line)
    if found:
        return f"{found[1]}_sandbox_escape({found[2]!r}, {found[3]!r})"
    found = ASSIGNED.match(line)
    return f"{found[1]}{found[2]} = _sandbox_output({found[3]!r})" if found else line


def _traceback(error: BaseException) -> list[str]:
    """Without the frames that are ours."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<cell "):
        trace = trace.tb_next
    return traceback.format_exception(type(error), error, trace)
