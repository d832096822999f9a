"""What a tool tells: its own words, where the page is now, and what can be seen there."""

from __future__ import annotations

from sandbox_agent.browser_page import BLOCKED, CRASHED, blocked
from sandbox_agent.browser_snapshot import snapshot
from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_page import Page


def text_result(text: str, is_error: bool = False) -> Json:
    return {"content": [{"type": "text", "text": text}], "isError": is_error}


def image_result(text: str, data: str, kind: str) -> Json:
    return {"content": [{"type": "text", "text": text}, {"type": "image", "data": data, "mimeType": kind}], "isError": False}


def with_page(browser: Browser, said: str) -> Json:
    """A page that is just going is told without its contents."""
    page = browser.page
    parts = [f"### Result\n{said}"] if said else []
    if len(browser.pages()) > 1:
        parts.append(f"### Open tabs\n{tab_lines(browser)}")
    modal = modal_lines(page)
    if modal:
        parts.append(f"### Modal state\n{modal}")
    parts.append(f"### Page state\n{page_lines(page)}")
    return text_result("\n\n".join(parts), bool(unreachable(page)))


def page_lines(page: Page) -> str:
    if page.record.crashed:
        return f"- {CRASHED}"
    url, title = page.place()
    lines = [f"- Page URL: {url}", f"- Page Title: {title}"]
    problem = unreachable(page)
    if problem:
        lines.append(f"- {problem}")
    if page.record.dialog is None:
        try:
            lines.append(f"- Page Snapshot:\n```yaml\n{snapshot(page)}\n```")
        except CdpFailed as error:
            lines.append(f"- There is no snapshot at this moment: {error}")
    return "\n".join(lines)


def unreachable(page: Page) -> str:
    """Why an error page is there in place of the page that was wanted."""
    url = page.record.unreachable
    if not url:
        return ""
    document, why = page.record.failure
    if document != page.record.loader:
        why = "the browser shows an error page"
    return blocked(url) if why == BLOCKED else f"{url} cannot be opened: {why}"


def tab_lines(browser: Browser) -> str:
    lines = []
    current = browser.page
    for number, page in enumerate(browser.pages()):
        url, title = page.place()
        lines.append(f"- {number}: {'(current) ' if page is current else ''}[{title}] ({url})")
    return "\n".join(lines)


def modal_lines(page: Page) -> str:
    lines = []
    if page.record.dialog is not None:
        dialog = page.record.dialog
        lines.append(f'- ["{dialog.kind}" dialog with message "{dialog.message}"]: can be handled by the "browser_handle_dialog" tool')
    if page.record.file_chooser is not None:
        lines.append('- [File chooser]: can be handled by the "browser_file_upload" tool')
    return "\n".join(lines)
