"""Which addresses the browser may open: its managed policy, written by the agent before the browser starts."""

from __future__ import annotations

import json
import os

from sandbox_agent.settings import SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json

ALLOWED, BLOCKED = "BROWSER_URL_ALLOWLIST", "BROWSER_URL_BLOCKLIST"
FILE = "sandbox-agent.json"
MOST = 1000  # entries that the browser heeds in each list


class Policy:
    """An empty list of allowed addresses allows all that are not blocked; with one, all others are blocked."""

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._given = entries(environment, ALLOWED), entries(environment, BLOCKED)
        self._added: list[str] = []
        self._own: list[str] = []
        self._dialogs: bool | None = None

    @property
    def is_given(self) -> bool:
        """Whether those who made the sandbox set a list: whoever uses it cannot widen it."""
        return any(self._given)

    def change(self, allowed: list[str] | None, blocked: list[str] | None, dialogs: bool | None) -> None:
        """What the sandbox's user wants; None leaves it as it is."""
        self._own = self._own if allowed is None else allowed
        self._added = self._added if blocked is None else blocked
        self._dialogs = self._dialogs if dialogs is None else dialogs
        self.write()

    def reset(self) -> None:
        self._own, self._added, self._dialogs = [], [], None
        self.write()

    def write(self) -> None:
        """Raises `SettingError` if lists that were set cannot come into force."""
        content = self._content()
        path = os.path.join(self._folder, FILE)
        try:
            if content or os.path.lexists(path):
                os.makedirs(self._folder, exist_ok=True)
                with open(path + ".new", "w", encoding="utf-8") as file:
                    json.dump(content, file, indent=1)
                os.rename(path + ".new", path)
        except OSError as error:
            raise SettingError(
                f"{ALLOWED} and {BLOCKED} cannot come into force: {path}: {error.strerror}; AGENT_BROWSER_POLICIES names a folder "
                "that the agent can write to and the browser reads"
            ) from error

    def _content(self) -> Json:
        allowed, blocked = self._given
        allowed = allowed or self._own
        blocked = [*blocked, *self._added]
        if allowed and not blocked:
            blocked = ["*"]
        content: Json = {}
        if blocked:
            content["URLBlocklist"] = blocked
        if allowed:
            content["URLAllowlist"] = [*allowed, "about:blank"]
        if self._dialogs is not None:
            content["AllowFileSelectionDialogs"] = self._dialogs
        return content


def entries(environment: Mapping[str, str], name: str) -> list[str]:
    """A JSON list, or entries with commas or spaces between."""
    text = environment.get(name, "").strip()
    if not text.startswith("["):
        found: object = text.replace(",", " ").split()
    else:
        try:
            found = json.loads(text)
        except ValueError as error:
            raise SettingError(f"{name}={text[:200]!r} is no JSON list: {error}") from None
    if not isinstance(found, list) or not all(isinstance(entry, str) and entry for entry in found):
        raise SettingError(f"{name}={text[:200]!r} is no list of addresses")
    if len(found) >= MOST:
        raise SettingError(f"{name} has {len(found)} entries: the browser heeds {MOST - 1}")
    return found
