"""One page of the browser: commands to it, and where it may lead."""

from __future__ import annotations

import time

from sandbox_agent.browser_record import Record
from sandbox_agent.browser_refs import Refs
from sandbox_agent.calls import Cancelled
from sandbox_agent.cdp import Patience
from sandbox_agent.cdp_errors import CdpFailed, CdpLost, CdpTimeout
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json
    from sandbox_agent.cdp import Cdp

NAVIGATION_SECONDS = 45.0
LOAD_SECONDS = 10.0
FREE_SECONDS = 0.5
BEGIN_SECONDS = 0.15  # in which what an action sets off has begun
QUIET_SECONDS = 5.0  # that is waited for what a page fetches by script
CRASHED = "the page has crashed: go to a page with browser_navigate, or close this tab"
STILL_LOADING = f"The page is still loading after {LOAD_SECONDS:g} s; what is there can be used."
BLANK = "about:blank"  # also what a page is that has just been opened, whose address is told as empty
BLOCKED = "net::ERR_BLOCKED_BY_ADMINISTRATOR"


class Page:
    """`patience` is that of the call for which the page is being used: one at a time."""

    def __init__(self, cdp: Cdp, session: str, info: Json, patience: Patience) -> None:
        self.cdp = cdp
        self.session = session
        self.target = str(info.get("targetId"))
        self.info = info
        self.record = Record()
        self.record.main_frame = self.target
        self.patience = patience
        self.mouse = (0.0, 0.0)
        self.buttons = 0  # that are held down, as bits
        self.modifiers = 0
        self.frames: dict[str, str] = {}  # sessions of the frames that have a process of their own
        self.refs = Refs()

    def place(self) -> tuple[str, str]:
        """Address and title, as the browser knows them, whatever the page does."""
        try:
            history = self.cdp.call("Page.getNavigationHistory", {}, self.session, patience=self.patience) or {}
        except (CdpLost, CdpTimeout):
            raise
        except CdpFailed:  # it is being replaced by another one at this moment
            return self.url, self.title
        entries, current = history.get("entries"), history.get("currentIndex")
        if isinstance(entries, list) and isinstance(current, int) and 0 <= current < len(entries):
            return str(entries[current].get("url")) or BLANK, str(entries[current].get("title"))
        return self.url, self.title

    @property
    def url(self) -> str:
        return str(self.info.get("url")) or BLANK

    @property
    def title(self) -> str:
        return str(self.info.get("title"))

    def call(self, method: str, params: Json | None = None, session: str | None = None, seconds: float = 30.0) -> Json:
        return self._whole(self.act(method, params, session, seconds))

    def _whole(self, answer: Json | None) -> Json:
        if answer is None:
            dialog = self.record.dialog
            raise CdpFailed(CRASHED if dialog is None else f"the page shows a dialog ({dialog.message!r}): answer it with browser_handle_dialog first")
        return answer

    def act(self, method: str, params: Json | None = None, session: str | None = None, seconds: float = 30.0) -> Json | None:
        """None if a dialog opened, which holds up everything that the page does."""
        if self.record.crashed:
            raise CdpFailed(CRASHED)
        return self.cdp.call(
            method, params, session or self.session, patience=self.patience, seconds=seconds,
            unless=lambda: self.record.dialog is not None or self.record.crashed,
        )  # fmt: skip

    def evaluate(self, expression: str, seconds: float = 30.0) -> object:
        params: Json = {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        return value_of(self._whole(self.run("Runtime.evaluate", params, seconds=seconds)))

    def run(self, method: str, params: Json, session: str | None = None, seconds: float = 30.0) -> Json | None:
        """A script. One that is given up must not hold the page up for ever."""
        try:
            return self.act(method, params, session, seconds)
        except (Cancelled, ClientGone, CdpTimeout):
            self._free(session or self.session)
            raise

    def _free(self, session: str) -> None:
        """Ends what the page is computing, unless it only waits for something."""
        try:
            self.cdp.call("Runtime.evaluate", {"expression": "0"}, session, patience=Patience(), seconds=FREE_SECONDS)
        except CdpLost:
            return
        except CdpFailed:
            self.cdp.post("Runtime.terminateExecution", session=session)

    def navigate(self, url: str) -> str:
        """What is to be said about it, or nothing. Raises `CdpFailed` if the page is not there afterwards."""
        before = {self.record.loader, self.record.loaded}
        self.record.crashed = False
        try:
            answer = self.act("Page.navigate", {"url": url}, seconds=NAVIGATION_SECONDS)
        except CdpTimeout:
            self.cdp.post("Page.stopLoading", session=self.session)
            raise CdpFailed(f"{url} did not answer within {NAVIGATION_SECONDS:g} s") from None
        if answer is None:  # a dialog, of this page or the last one
            return CRASHED if self.record.crashed else ""
        error = str(answer.get("errorText", ""))
        if error == BLOCKED:
            raise CdpFailed(blocked(url))
        if answer.get("isDownload"):
            return f"{url} is not a page: it is being downloaded."
        if error == "net::ERR_ABORTED":
            return f"{url} did not lead to another page: it answered with a download or with nothing."
        if error:
            raise CdpFailed(f"{url} cannot be opened: {error}")
        loader = answer.get("loaderId")  # without one it is only another place on the same page
        before.discard(str(loader))
        if loader and not self.wait_for(lambda: self.record.loaded not in before, LOAD_SECONDS):  # it may lead on by itself
            return STILL_LOADING
        return self.await_load()

    def await_load(self) -> str:
        if self.wait_for(lambda: not self.record.is_loading, LOAD_SECONDS):
            return ""
        return STILL_LOADING

    def travel(self, steps: int) -> str:
        history = self.call("Page.getNavigationHistory")
        entries, current = history.get("entries"), history.get("currentIndex")
        assert isinstance(entries, list) and isinstance(current, int)
        if not 0 <= current + steps < len(entries):
            raise CdpFailed(f"there is no page to go {'back' if steps < 0 else 'forward'} to")
        entry = entries[current + steps]
        loads = self.record.loads
        self.act("Page.navigateToHistoryEntry", {"entryId": entry["id"]})
        self.wait_for(lambda: self.record.loads > loads or self.url == entry["url"], LOAD_SECONDS)
        return self.await_load()

    def reload(self) -> str:
        loads = self.record.loads
        self.record.crashed = False
        self.act("Page.reload")
        self.wait_for(lambda: self.record.loads > loads, LOAD_SECONDS)
        return self.await_load()

    def settle(self, loads: int) -> str:
        """After an action: waits for what it set off, a new page or what the page fetches."""
        began = time.monotonic()
        self.wait_for(lambda: self.record.loads > loads, BEGIN_SECONDS)
        if self.record.is_loading:
            return self.await_load()
        left = QUIET_SECONDS - (time.monotonic() - began)
        if self.record.pending:
            self.wait_for(lambda: not self.record.pending or self.record.is_loading, left)
            self.wait_for(lambda: self.record.loads > loads, BEGIN_SECONDS)
            if self.record.is_loading:
                return self.await_load()
        return ""

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """A dialog and a crash end the waiting too, as if it had come true."""
        record = self.record
        return self.cdp.wait_for(lambda: condition() or record.dialog is not None or record.crashed, seconds, self.patience)


def blocked(url: str) -> str:
    return (
        f"{url} is blocked by this sandbox's list of allowed and blocked addresses ({BLOCKED}): "
        "the browser's policy forbids it, and trying again will not help. Go somewhere else."
    )


def value_of(answer: Json) -> object:
    """What a script returned. Raises `CdpFailed` for what it threw."""
    details = answer.get("exceptionDetails")
    if isinstance(details, dict):
        thrown = details.get("exception")
        text = thrown.get("description") if isinstance(thrown, dict) else None
        raise CdpFailed(str(text or details.get("text")))
    result = answer.get("result")
    if not isinstance(result, dict):
        return None
    return result.get("value", result.get("unserializableValue"))
