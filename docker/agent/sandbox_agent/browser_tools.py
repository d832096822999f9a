"""The tools of Playwright's MCP server, by the same names and with the same arguments."""

from __future__ import annotations

import base64
import json

from sandbox_agent.browser_answers import image_result, tab_lines, text_result, with_page
from sandbox_agent.browser_element import Element
from sandbox_agent.browser_files import stamped
from sandbox_agent.browser_gestures import Gestures, named
from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser_page import Page
    from sandbox_agent.browser_values import Values

MAX_SIZE = 10_000
MAX_WAIT = 3600
TEXT_SECONDS = 30.0
LOOK_SECONDS = 0.1
JPEG_QUALITY = 80
MAX_SHOWN = 100_000
DURING_DIALOG = ("browser_handle_dialog", "browser_tab_list", "browser_tab_new", "browser_tab_select", "browser_tab_close",
                 "browser_console_messages", "browser_network_requests", "browser_close")  # fmt: skip


class Tools(Gestures):
    """Each tool is the method of its name."""

    def call(self, name: str, values: Values) -> Json:
        tool = getattr(self, name, None) if name.startswith("browser_") else None
        if tool is None:
            raise CdpFailed(f"there is no tool {name!r}")
        dialog = self._browser.page.record.dialog
        if dialog is not None and name not in DURING_DIALOG:
            raise CdpFailed(f'the page shows a dialog ({dialog.kind}: "{dialog.message}"): answer it with browser_handle_dialog first')
        result: Json = tool(values)
        return result

    def browser_navigate(self, values: Values) -> Json:
        return with_page(self._browser, self._page.navigate(address(values.text("url"))))

    def browser_navigate_back(self, _values: Values) -> Json:
        return with_page(self._browser, self._page.travel(-1))

    def browser_navigate_forward(self, _values: Values) -> Json:
        return with_page(self._browser, self._page.travel(1))

    def browser_snapshot(self, _values: Values) -> Json:
        return with_page(self._browser, "")

    def browser_take_screenshot(self, values: Values) -> Json:
        page, ref, name = self._page, values.text("ref", ""), values.text("filename", "")
        wanted = values.text("type", "")
        png = wanted == "png" or values.flag("raw", False) or (not wanted and name.lower().endswith(".png"))
        params: Json = {"format": "png" if png else "jpeg", **({} if png else {"quality": JPEG_QUALITY})}
        if ref:
            element = Element(page, ref)
            element.scroll_into_view()
            params["clip"] = clip(page, *element.box())
        elif values.flag("fullPage", False):
            size = page.call("Page.getLayoutMetrics").get("cssContentSize")
            assert isinstance(size, dict)
            params.update(clip={**size, "scale": 1}, captureBeyondViewport=True)
        data = str(page.call("Page.captureScreenshot", params).get("data"))
        said = f"A screenshot of {named(values) if ref else 'the page'}."
        if name:
            said += f" It is saved as {self._files.save(name, base64.b64decode(data))}."
        return image_result(said, data, "image/png" if png else "image/jpeg")

    def browser_pdf_save(self, values: Values) -> Json:
        answer = self._page.call("Page.printToPDF", {"printBackground": True}, seconds=120)
        path = self._files.save(values.text("filename", "") or stamped("pdf"), base64.b64decode(str(answer.get("data"))))
        return text_result(f"The page is saved as {path}.")

    def browser_resize(self, values: Values) -> Json:
        width, height = values.needed("width", 1, MAX_SIZE), values.needed("height", 1, MAX_SIZE)
        self._browser.resize(width, height)
        return with_page(self._browser, f"The pages are {width} x {height} now.")

    def browser_tab_list(self, _values: Values) -> Json:
        return text_result(f"### Open tabs\n{tab_lines(self._browser)}")

    def browser_tab_new(self, values: Values) -> Json:
        url = values.text("url", "")
        page = self._browser.open()
        return with_page(self._browser, page.navigate(address(url)) if url else "")

    def browser_tab_select(self, values: Values) -> Json:
        self._browser.select(self._tab(values.needed("index", 0, MAX_SIZE)))
        return with_page(self._browser, "")

    def browser_tab_close(self, values: Values) -> Json:
        index = values.whole("index", 0, MAX_SIZE)
        self._browser.close(self._page if index is None else self._tab(index))
        return with_page(self._browser, "")

    def _tab(self, index: int) -> Page:
        pages = self._browser.pages()
        if index >= len(pages):
            raise CdpFailed(f"there is no tab {index}: there are 0 to {len(pages) - 1}, see browser_tab_list")
        return pages[index]

    def browser_close(self, _values: Values) -> Json:
        self._browser.close(self._page)
        return text_result("The page is closed.")

    def browser_console_messages(self, _values: Values) -> Json:
        return text_result("\n".join(self._page.record.messages) or "The page has written nothing to the console.")

    def browser_network_requests(self, _values: Values) -> Json:
        return text_result("\n".join(r.line() for r in self._page.record.requests.values()) or "The page has requested nothing.")

    def browser_wait_for(self, values: Values) -> Json:
        seconds = values.number("time", 0, MAX_WAIT)
        text, gone = values.text("text", ""), values.text("textGone", "")
        if seconds is None and not text and not gone:
            raise CdpFailed("one of time, text and textGone is needed")
        if seconds is not None:
            self._page.patience.sleep(seconds)
        for wanted, there in ((gone, False), (text, True)):
            if wanted:
                self._await_text(wanted, there)
        return with_page(self._browser, "Waited for it.")

    def _await_text(self, text: str, there: bool) -> None:
        script = f"!!document.body && document.body.innerText.replace(/\\s+/g, ' ').includes({json.dumps(' '.join(text.split()))})"
        for _ in range(int(TEXT_SECONDS / LOOK_SECONDS)):
            try:
                if self._page.evaluate(script) == there:
                    return
            except CdpFailed as error:
                if "context" not in str(error):  # otherwise the page was going while it was asked
                    raise
            self._page.patience.sleep(LOOK_SECONDS)
        raise CdpFailed(f"the text {text!r} did not {'appear' if there else 'go'} within {TEXT_SECONDS:g} s: take a snapshot to see what is there")

    def browser_evaluate(self, values: Values) -> Json:
        page, ref, function = self._page, values.text("ref", ""), values.text("function")
        if ref:
            value = Element(page, ref).run(f"function() {{ return ({function})(this) }}")
        else:
            value = page.evaluate(f"({function})()")
        return text_result(json.dumps(value, ensure_ascii=False, indent=1)[:MAX_SHOWN])


def clip(page: Page, left: float, top: float, width: float, height: float) -> Json:
    """A part of what is seen, in the coordinates of the whole page."""
    view = page.call("Page.getLayoutMetrics").get("cssVisualViewport")
    assert isinstance(view, dict)
    return {"x": left + view["pageX"], "y": top + view["pageY"], "width": width, "height": height, "scale": 1}


def address(url: str) -> str:
    """As people write it, made whole."""
    url = url.strip()
    scheme, colon, rest = url.partition(":")
    if colon and scheme.replace("-", "").replace("+", "").replace(".", "").isalnum() and not rest.split("/")[0].isdigit():
        return url
    host = url.split("/")[0].split(":")[0]
    return f"http://{url}" if host == "localhost" or host.replace(".", "").isdigit() else f"https://{url}"
