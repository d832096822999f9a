"""Cells in IPython, when the image has it."""

from __future__ import annotations

import importlib
import types

from sandbox_agent.cell_commands import run_command


class IPythonEngine:
    def __init__(self, module: types.ModuleType) -> None:
        shells = importlib.import_module("IPython.core.interactiveshell")
        config = importlib.import_module("traitlets.config").Config()
        config.HistoryManager.enabled = False
        self._shell = shells.InteractiveShell.instance(config=config, user_module=module)
        # IPython would run `!cmd` in a pseudo-terminal of its own and copy; these write straight to our pipes.
        self._shell.system = self._shell.system_piped = self._shell.system_raw = self._system

    def run(self, code: str) -> None:
        self._shell.run_cell(code, store_history=False)

    def _system(self, command: str) -> None:
        self._shell.user_ns["_exit_code"] = run_command(self._shell.var_expand(command, depth=1))
