"""What an image says of its screen, in `desktop.json` beside the agent."""

from __future__ import annotations

import json
import os

from sandbox_agent.settings import SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN = {"vnc_port", "cdp_port", "viewer", "password_command", "screen", "programs"}
PROGRAM_KNOWN = {"name", "command", "remove"}


class Program:
    """`remove` are files that a program leaves behind when it is killed, and that would keep the next one from starting."""

    def __init__(self, name: str, command: list[str], remove: list[str]) -> None:
        self.name = name
        self.command = command
        self.remove = remove


class DesktopConfig:
    """Texts may hold `{NAME}`: a variable of the sandbox's environment, or `{password_file}`."""

    def __init__(self, path: str, environment: Mapping[str, str], password_file: str) -> None:
        self._path = path
        self._values = {**environment, "password_file": password_file}
        self.password_file = password_file
        try:
            with open(path, encoding="utf-8") as file:
                told = json.load(file)
        except OSError as error:
            raise SettingError(f"{path}: {error.strerror}") from None
        except ValueError as error:
            raise SettingError(f"{path} is no JSON: {error}") from None
        self._expect(isinstance(told, dict), "an object")
        self._expect(not set(told) - KNOWN, f"nothing but {', '.join(sorted(KNOWN))}")
        self.vnc_port = self._port(told, "vnc_port")
        self.cdp_port = self._port(told, "cdp_port") if "cdp_port" in told else None
        viewer = told.get("viewer", "vnc")
        self._expect(isinstance(viewer, str), "viewer: the name of a folder")
        self.viewer = os.path.join(os.path.dirname(os.path.abspath(path)), viewer)
        self.password_command = self._texts(told.get("password_command"), "password_command")
        self.screen = self._program({**self._object(told.get("screen"), "screen"), "name": "screen"})
        programs = told.get("programs", [])
        self._expect(isinstance(programs, list), "programs: a list")
        self.programs = [self._program(self._object(program, "programs")) for program in programs]

    def _program(self, told: dict[str, object]) -> Program:
        name = told.get("name")
        self._expect(isinstance(name, str) and bool(name), "a name of each program")
        self._expect(not set(told) - PROGRAM_KNOWN, f"{name}: nothing but {', '.join(sorted(PROGRAM_KNOWN))}")
        command = self._texts(told.get("command"), f"{name}: command")
        return Program(str(name), command, self._texts(told.get("remove", []), f"{name}: remove", may_be_empty=True))

    def _texts(self, value: object, what: str, may_be_empty: bool = False) -> list[str]:
        if not isinstance(value, list) or not (value or may_be_empty):
            raise SettingError(f"{self._path}: expected {what}: a list of texts")
        self._expect(all(isinstance(text, str) for text in value), f"{what}: a list of texts")
        try:
            return [str(text).format_map(self._values) for text in value]
        except (KeyError, ValueError, IndexError) as error:
            raise SettingError(f"{self._path}: {what} names a variable that there is not: {error}") from None

    def _object(self, value: object, what: str) -> dict[str, object]:
        if not isinstance(value, dict):
            raise SettingError(f"{self._path}: expected {what}: an object")
        return value

    def _port(self, told: dict[str, object], name: str) -> int:
        value = told.get(name)
        if not isinstance(value, int) or not 0 < value < 65536:
            raise SettingError(f"{self._path}: expected {name}: a port")
        return value

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise SettingError(f"{self._path}: expected {what}")
