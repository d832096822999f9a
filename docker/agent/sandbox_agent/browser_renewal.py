"""A browser as if it had just been started, or one that has been."""

from __future__ import annotations

import time

from sandbox_agent.browser import ASK_SECONDS, ATTACH_SECONDS
from sandbox_agent.cdp import read_version
from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_page import Page

RETURN_SECONDS = 30.0


def clear(browser: Browser) -> None:
    """One blank page, and nothing that the pages before have left behind."""
    old = browser.pages()
    browser.open()
    for page in old:
        browser.call("Target.closeTarget", {"targetId": page.target})
    while left := [page for page in browser.pages() if page in old]:
        if not browser.cdp.wait_for(lambda: _moves(browser, left), ATTACH_SECONDS, browser.patience):
            raise CdpFailed("a page does not close: restart the browser with the mode hard")
        for page in left:
            if page.record.dialog is not None:
                page.record.dialog = None
                browser.cdp.post("Page.handleJavaScriptDialog", {"accept": True}, page.session)
    blank = browser.page
    for method in ("Network.clearBrowserCookies", "Network.clearBrowserCache"):
        blank.call(method)
    blank.call("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    browser.call("Browser.resetPermissions")


def _moves(browser: Browser, pages: list[Page]) -> bool:
    """Whether one of them has gone, or asks something."""
    return any(page not in browser.pages() or page.record.dialog is not None for page in pages)


def restart(browser: Browser) -> None:
    """Ends the browser; whoever keeps it running starts the next one, which is waited for."""
    before = browser.cdp.path
    browser.cdp.post("Browser.close")
    end = time.monotonic() + RETURN_SECONDS
    while True:
        browser.patience.sleep(ASK_SECONDS)
        try:
            if str(read_version(browser.address).get("webSocketDebuggerUrl", "")).endswith(before):
                raise CdpFailed("the browser did not end: it may wait for a dialog of a page")
            browser.disconnect()
            return browser.connect()
        except CdpFailed:
            if time.monotonic() > end:
                raise
