"""The sandbox's browser: one connection to it, made again when it restarted, and its pages."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from sandbox_agent.browser_page import Page
from sandbox_agent.cdp import Cdp, Patience
from sandbox_agent.cdp_errors import CdpFailed, CdpLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox_agent.arguments import Json

ATTACH_SECONDS = 5.0
ASK_SECONDS = 0.1
PAGES_ONLY = [{"type": "page"}, {"exclude": True}]
FRAMES_ONLY = [{"type": "iframe"}, {"exclude": True}]


class Browser:
    """Used by one call at a time: the others wait for their turn."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.size: tuple[int, int] | None = None  # of the pages, if it was set
        self.locale = ""
        self.address_bar: str | None = None  # what was typed there, while it has the keyboard
        self._turn = threading.RLock()
        self._cdp: Cdp | None = None
        self._pages: dict[str, Page] = {}  # by session, in the order in which they were opened
        self._parents: dict[str, str] = {}  # the session of the page that a frame's session belongs to
        self._current = ""
        self._front = ""  # what was brought there last
        self.patience = Patience()

    @contextmanager
    def using(self, patience: Patience) -> Iterator[Browser]:
        while not self._turn.acquire(timeout=ASK_SECONDS):
            patience.check()
        try:
            self.patience = patience
            self.connect()
            for page in self.pages():
                page.patience = patience
            yield self
        finally:
            self._turn.release()

    @property
    def cdp(self) -> Cdp:
        if self._cdp is None:
            raise CdpLost("the browser is not connected")
        return self._cdp

    def call(self, method: str, params: Json | None = None) -> Json:
        answer = self.cdp.call(method, params, patience=self.patience)
        return answer or {}

    def connect(self) -> None:
        if self._cdp is not None:
            if self._cdp.ended is None:
                return
            self.disconnect()
        self._pages, self._parents, self._current = {}, {}, ""
        cdp = self._cdp = Cdp(self.address, self._take)
        try:
            self._attach(PAGES_ONLY, "")
            self.call("Target.setDiscoverTargets", {"discover": True, "filter": PAGES_ONLY})
            there = self.call("Target.getTargets", {"filter": PAGES_ONLY}).get("targetInfos")
            wanted = {info["targetId"] for info in there if _is_page(info)} if isinstance(there, list) else set()
            cdp.wait_for(lambda: wanted <= {page.target for page in self._pages.values()}, ATTACH_SECONDS, self.patience)
        except BaseException:
            self.disconnect()
            raise

    def _attach(self, kinds: object, session: str) -> None:
        params: Json = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True, "filter": kinds}
        self.cdp.post("Target.setAutoAttach", params, session)

    def disconnect(self) -> None:
        cdp, self._cdp = self._cdp, None
        if cdp is not None:
            cdp.close()

    def forget(self) -> None:
        """Somebody else will use the sandbox."""
        with self._turn:
            self.disconnect()
            self.size, self.locale, self.address_bar = None, "", None

    def _take(self, method: str, params: Json, session: str) -> None:
        """In the thread that receives."""
        info = params.get("targetInfo")
        if method == "Target.attachedToTarget" and isinstance(info, dict):
            self._attached(str(params.get("sessionId")), info, session)
        elif method == "Target.detachedFromTarget":
            gone = str(params.get("sessionId"))
            self._pages.pop(gone, None)
            parent = self._pages.get(self._parents.pop(gone, ""))
            if parent is not None:
                parent.frames = {frame: inner for frame, inner in parent.frames.items() if inner != gone}
        elif method == "Target.targetInfoChanged" and isinstance(info, dict):
            for page in self._pages.values():
                if page.target == info.get("targetId"):
                    page.info = info
        else:
            page_of = self._pages.get(session) or self._pages.get(self._parents.get(session, ""))
            if page_of is not None and (method != "Inspector.targetCrashed" or session == page_of.session):
                page_of.record.take(method, {**params, "session": session})

    def _attached(self, session: str, info: Json, parent: str) -> None:
        cdp = self.cdp
        if parent:
            owner = self._parents.get(parent, parent)
            self._parents[session] = owner
            if owner in self._pages:
                self._pages[owner].frames[str(info.get("targetId"))] = session
        elif _is_page(info):
            self._pages[session] = Page(cdp, session, info, self.patience)
            self._front = ""  # it may have come before the current one
            for method in ("Inspector.enable", "Log.enable"):
                cdp.post(method, {}, session)
            self._dress(session)
        for method in ("Page.enable", "Runtime.enable", "Network.enable"):
            cdp.post(method, {}, session)
        cdp.post("Page.setInterceptFileChooserDialog", {"enabled": True}, session)
        cdp.post("Page.setLifecycleEventsEnabled", {"enabled": True}, session)
        self._attach(FRAMES_ONLY, session)
        cdp.post("Runtime.runIfWaitingForDebugger", {}, session)

    def _dress(self, session: str) -> None:
        """What every page of this browser is given."""
        if self.size is not None:
            width, height = self.size
            params: Json = {"width": width, "height": height, "deviceScaleFactor": 0, "mobile": False}
            self.cdp.post("Emulation.setDeviceMetricsOverride", params, session)
        if self.locale:
            self.cdp.post("Emulation.setLocaleOverride", {"locale": self.locale}, session)
            params = {"userAgent": self.cdp.version.get("User-Agent"), "acceptLanguage": self.locale}
            self.cdp.post("Emulation.setUserAgentOverride", params, session)

    def resize(self, width: int, height: int) -> None:
        self.size = width, height
        for page in self.pages():
            self._dress(page.session)

    def pages(self) -> list[Page]:
        return list(self._pages.values())

    @property
    def page(self) -> Page:
        """The current one; a browser without any gets one."""
        page = self._pages.get(self._current)
        if page is None:
            pages = self.pages()
            page = pages[0] if pages else self.open()
        return self.select(page)

    def open(self) -> Page:
        target = self.call("Target.createTarget", {"url": "about:blank"}).get("targetId")
        if not self.cdp.wait_for(lambda: any(p.target == target for p in self._pages.values()), ATTACH_SECONDS, self.patience):
            raise CdpFailed("the browser opened a page and did not show it: restart the browser")
        page = next(page for page in self.pages() if page.target == target)
        page.patience = self.patience
        return self.select(page)

    def select(self, page: Page) -> Page:
        """Only the page in front is drawn, and has the keyboard."""
        self._current = page.session
        if self._front != page.session:
            self._front = page.session
            self.cdp.post("Page.bringToFront", session=page.session)
        return page

    def close(self, page: Page) -> None:
        """The next one becomes the current one, if it was that. The last one makes place for a blank one: without any the browser ends."""
        pages = self.pages()
        if len(pages) == 1:
            self.open()
        place = pages.index(page)
        self.call("Target.closeTarget", {"targetId": page.target})
        self.cdp.wait_for(lambda: page.session not in self._pages or page.record.dialog is not None, ATTACH_SECONDS, self.patience)
        if page.session in self._pages:
            raise CdpFailed("the page does not want to be closed: answer its dialog with browser_handle_dialog")
        left = self.pages()
        if page.session == self._current and left:
            self.select(left[min(place, len(left) - 1)])


def _is_page(info: Json) -> bool:
    return info.get("type") == "page" and not str(info.get("url")).startswith(("devtools://", "chrome-extension://"))
