"""The tools that do something with the elements of a page: what a mouse, a keyboard and a person's answers do."""

from __future__ import annotations

from sandbox_agent.browser_answers import with_page
from sandbox_agent.browser_element import AGAIN_SECONDS, PREPARE, REACH_SECONDS, SELECT, SET_VALUE, Element
from sandbox_agent.browser_input import Keyboard, Mouse
from sandbox_agent.browser_keys import chord, find
from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_files import BrowserFiles
    from sandbox_agent.browser_page import Page
    from sandbox_agent.browser_values import Values


class Gestures:
    def __init__(self, browser: Browser, files: BrowserFiles) -> None:
        self._browser = browser
        self._files = files

    @property
    def _page(self) -> Page:
        return self._browser.page

    def _done(self, said: str, loads: int) -> Json:
        """After an action: whatever it set off is waited for."""
        more = self._page.settle(loads)
        return with_page(self._browser, f"{said} {more}".rstrip())

    def _over(self, element: Element) -> Mouse:
        """The mouse, over the middle of an element. A frame of another site hears of it only when it has been drawn where it is."""
        mouse = Mouse(self._page)
        for _ in range(int(REACH_SECONDS / AGAIN_SECONDS)):
            mouse.move(*element.centre())
            if element.is_in_page or element.hears_of_mouse():
                return mouse
            self._page.patience.sleep(AGAIN_SECONDS)
        raise CdpFailed("the mouse does not reach the frame that the element is in: take a new snapshot and try again")

    def browser_click(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        button = values.text("button", "left")
        if button not in ("left", "right", "middle"):
            raise CdpFailed("button: left, right or middle is needed")
        self._over(Element(page, values.text("ref"))).press_and_release(button, 2 if values.flag("doubleClick", False) else 1)
        return self._done(f"Clicked {named(values)}.", loads)

    def browser_hover(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        self._over(Element(page, values.text("ref")))
        return self._done(f"The mouse is over {named(values)}.", loads)

    def browser_drag(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        start, end = Element(page, values.text("startRef")), Element(page, values.text("endRef"))
        end.scroll_into_view()
        mouse = self._over(start)
        box = end.box()
        mouse.drag(box[0] + box[2] / 2, box[1] + box[3] / 2)
        return self._done(f"Dragged {values.text('startElement', 'it')} to {values.text('endElement', 'the other element')}.", loads)

    def browser_type(self, values: Values) -> Json:
        page, loads, text = self._page, self._page.record.loads, values.text("text")
        keyboard, element = Keyboard(page), Element(page, values.text("ref"))
        element.scroll_into_view()
        state = element.run(PREPARE)
        if state == "closed":
            raise CdpFailed(f"{named(values)} takes no text now: it is disabled or read-only")
        if state == "untyped":
            raise CdpFailed(f"{named(values)} is nothing to type into: use browser_click, or the ref of a text field")
        if state == "fixed":
            if not element.run(SET_VALUE, text):
                raise CdpFailed(f"{text!r} is no value for {named(values)}: write dates as 2030-12-31, times as 23:59, colours as #rrggbb")
        elif values.flag("slowly", False):
            keyboard.type(text)
        elif text:
            keyboard.insert(text)
        else:
            keyboard.press([find("Delete")])
        if values.flag("submit", False):
            keyboard.press([find("Enter")])
        return self._done(f"Typed into {named(values)}.", loads)

    def browser_press_key(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        Keyboard(page).press(chord(values.text("key")))
        return self._done(f"Pressed {values.text('key')}.", loads)

    def browser_select_option(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        problem = Element(page, values.text("ref")).run(SELECT, values.texts("values"))
        if problem:
            raise CdpFailed(str(problem))
        return self._done(f"Selected {', '.join(values.texts('values'))}.", loads)

    def browser_file_upload(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        chooser = page.record.file_chooser
        if chooser is None:
            raise CdpFailed("no file chooser is open: click what opens it first, then call browser_file_upload")
        paths = self._files.readable(values.texts("paths"))
        if len(paths) > 1 and chooser.get("mode") != "selectMultiple":
            raise CdpFailed("the page takes one file only")
        page.record.file_chooser = None
        session = str(chooser.get("session"))
        page.act("DOM.setFileInputFiles", {"files": paths, "backendNodeId": chooser.get("backendNodeId")}, session)
        return self._done(f"Gave the page {len(paths)} {'file' if len(paths) == 1 else 'files'}.", loads)

    def browser_handle_dialog(self, values: Values) -> Json:
        page, loads = self._page, self._page.record.loads
        dialog, accept = page.record.dialog, values.flag("accept")
        if dialog is None:
            raise CdpFailed("the page shows no dialog")
        params: Json = {"accept": accept}
        if accept and dialog.kind == "prompt":
            params["promptText"] = values.text("promptText", "")
        page.cdp.call("Page.handleJavaScriptDialog", params, page.session, patience=page.patience)
        page.cdp.wait_for(lambda: page.record.dialog is not dialog, 2, page.patience)
        return self._done(f"{'Accepted' if accept else 'Dismissed'} the dialog.", loads)


def named(values: Values) -> str:
    return values.text("element", "") or values.text("ref")
