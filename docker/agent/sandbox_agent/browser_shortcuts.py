"""What a browser does with keys before its page gets them: its address bar, its tabs, its history."""

from __future__ import annotations

from sandbox_agent.browser_tools import address
from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_keys import Key


class Shortcuts:
    """Keys that are sent by the debugging protocol reach the page only, so this does the browser's part."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @property
    def is_in_address_bar(self) -> bool:
        return self._browser.address_bar is not None

    def leave(self) -> None:
        self._browser.address_bar = None

    def type(self, text: str) -> str:
        """Into the address bar. A line's end opens what is there."""
        first, end, _ = text.partition("\n")
        self._browser.address_bar = (self._browser.address_bar or "") + first
        return self._open() if end else ""

    def take(self, keys: Sequence[Key]) -> str | None:
        """What is to be said about it; None if it is for the page."""
        name = "+".join(key.key.lower() for key in keys)
        if name in ("control+l", "alt+d", "f6"):
            self._browser.address_bar = ""
            return ""
        if self.is_in_address_bar:
            return self._in_bar(name, keys)
        return self._elsewhere(name)

    def _in_bar(self, name: str, keys: Sequence[Key]) -> str:
        bar = self._browser.address_bar or ""
        if name == "enter":
            return self._open()
        if name in ("escape", "tab"):
            self.leave()
        elif name in ("control+a", "delete"):
            self._browser.address_bar = ""
        elif name == "backspace":
            self._browser.address_bar = bar[:-1]
        elif keys[-1].text.isprintable() and name.count("+") == 0:
            self._browser.address_bar = bar + keys[-1].text
        return ""

    def _open(self) -> str:
        bar, self._browser.address_bar = self._browser.address_bar or "", None
        if not bar.strip() or " " in bar.strip():
            raise CdpFailed(f"{bar!r} is no address: this address bar opens addresses and does not search")
        return self._browser.page.navigate(address(bar))

    def _elsewhere(self, name: str) -> str | None:
        browser, page = self._browser, self._browser.page
        if name == "control+t":
            browser.open()
            browser.address_bar = ""
        elif name == "control+w":
            browser.close(page)
        elif name in ("control+tab", "control+shift+tab"):
            pages = browser.pages()
            browser.select(pages[(pages.index(page) + (-1 if "shift" in name else 1)) % len(pages)])
        elif name in ("f5", "control+r"):
            return page.reload()
        elif name in ("alt+arrowleft", "alt+arrowright"):
            return page.travel(-1 if name.endswith("left") else 1)
        else:
            return None
        return ""
