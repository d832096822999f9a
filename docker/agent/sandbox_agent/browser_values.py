"""The arguments of a browser tool, checked. What is null counts as absent: clients send all that they know of."""

from __future__ import annotations

import math

from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json


class Values:
    def __init__(self, values: Json) -> None:
        self._values = values

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise CdpFailed(f"{name}: a text is needed")
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or not least <= value <= most:
            raise CdpFailed(f"{name}: a number from {least:g} to {most:g} is needed")
        return value

    def whole(self, name: str, least: int, most: int) -> int | None:
        value = self.number(name, least, most)
        return None if value is None else int(value)

    def needed(self, name: str, least: int, most: int) -> int:
        value = self.whole(name, least, most)
        if value is None:
            raise CdpFailed(f"{name}: a number is needed")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            raise CdpFailed(f"{name}: true or false is needed")
        return value

    def texts(self, name: str) -> list[str]:
        value = self._values.get(name)
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise CdpFailed(f"{name}: a list of texts is needed")
        return value
