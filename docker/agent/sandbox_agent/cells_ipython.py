"""Cells in IPython, when the image has it."""

from __future__ import annotations

import importlib
import types

from sandbox_agent.cell_commands import run_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.rich import Display


class IPythonEngine:
    def __init__(self, module: types.ModuleType, display: Display) -> None:
        shells = importlib.import_module("IPython.core.interactiveshell")
        config = importlib.import_module("traitlets.config").Config()
        config.HistoryManager.enabled = False
        self._shell = shells.InteractiveShell.instance(config=config, user_module=module)
        # IPython would run `!cmd` in a pseudo-terminal of its own and copy; these write straight to our pipes.
        self._show_also(display)
        self._shell.system = self._shell.system_piped = self._shell.system_raw = self._system

    def _show_also(self, display: Display) -> None:
        """IPython prints the plain text of what is shown; the rest of it goes our way."""
        publisher, hook = self._shell.display_pub, self._shell.displayhook
        publish, write = publisher.publish, hook.write_format_data

        def published(data: Mapping[str, object], *arguments: object, **options: object) -> None:
            if not display.structured:
                publish(data, *arguments, **options)
            display.show(data)

        def written(data: Mapping[str, object], *arguments: object) -> None:
            if display.structured:
                display.result(data)
            else:
                write(data, *arguments)
                display.show(data)

        publisher.publish, hook.write_format_data = published, written
        self._print_unless_structured(display)

    def _print_unless_structured(self, display: Display) -> None:
        """What is printed around a value, and a traceback, have no place among structured outputs."""
        hook, tell = self._shell.displayhook, self._shell._showtraceback
        prompt, finish = hook.write_output_prompt, hook.finish_displayhook

        def told(kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
            if display.structured:
                display.error(error, list(lines))
            else:
                tell(kind, error, lines)

        def ended() -> None:
            if not display.structured:
                finish()
            else:
                hook._is_active = False

        hook.write_output_prompt = lambda: None if display.structured else prompt()
        hook.finish_displayhook, self._shell._showtraceback = ended, told

    def run(self, code: str) -> None:
        self._shell.run_cell(code, store_history=False)

    def _system(self, command: str) -> None:
        self._shell.user_ns["_exit_code"] = run_command(self._shell.var_expand(command, depth=1))
