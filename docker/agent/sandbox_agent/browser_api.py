"""AIO Sandbox's `/v1/browser/*`, in its envelope."""

from __future__ import annotations

import base64

from sandbox_agent import arguments
from sandbox_agent.browser_actions import Actions
from sandbox_agent.browser_renewal import clear, restart
from sandbox_agent.cdp import Patience
from sandbox_agent.cdp_errors import CdpFailed, CdpLost
from sandbox_agent.http1 import Reply
from sandbox_agent.settings import SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser
    from sandbox_agent.connection import Request
    from sandbox_agent.services import Services

VNC_PAGE = "/vnc/vnc_lite.html"
KINDS = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg"}
MAX_ENTRIES = 500
DONE = "Operation successful"


def answer(name: str, services: Services, request: Request, values: Json) -> Reply:
    browser = services.browser
    body = {} if name in GETS else arguments.read_json(request.body, services.settings.max_json)
    try:
        with browser.using(Patience(services.settings.call_timeout, request.caller)):
            if name in GETS:
                return GETS[name](browser, values)
            if name == "restart":
                return _restart(services, browser, body)
            return _actions(browser, body) if name == "actions" else _config(browser, body)
    except CdpFailed as error:
        status = 503 if isinstance(error, CdpLost) else 500 if name == "screenshot" else 200
        more = {"status": "error", "action_performed": str(body.get("action_type"))} if name == "actions" else {}
        return envelope(None, str(error), success=False, status=status, more=more)


def envelope(
    data: object, message: str = DONE, *, success: bool = True, status: int = 200, more: Mapping[str, str] | None = None
) -> Reply:
    return Reply.json({"success": success, "message": message, "data": data, "hint": None, **(more or {})}, status)


def _info(browser: Browser, _values: Json) -> Reply:
    width, height = _viewport(browser)
    size = {"width": width, "height": height}
    return envelope({
        "user_agent": browser.cdp.version.get("User-Agent"),
        "cdp_url": f"/ports/{browser.address[1]}{browser.cdp.path}",
        "vnc_url": VNC_PAGE,
        "viewport": size,
        "page_viewport": size,
    })  # fmt: skip


def _screenshot(browser: Browser, values: Json) -> Reply:
    kind = KINDS[str(values["format"])]
    params: Json = {"format": kind}
    if kind == "jpeg":
        params["quality"] = values["quality"]
    width, height = _viewport(browser)
    image = base64.b64decode(str(browser.page.call("Page.captureScreenshot", params).get("data")))
    reply = Reply(200, image, f"image/{kind}")
    image_width, image_height = image_size(image)
    for name, value in (("screen-width", width), ("screen-height", height), ("image-width", image_width), ("image-height", image_height)):
        reply.headers.append((f"x-{name}", str(value)))
    return reply


def _actions(browser: Browser, body: Json) -> Reply:
    told = Actions(browser).perform(body)
    done = {"status": "success", "action_performed": str(body["action_type"])}
    return envelope(done, told or DONE, more=done)


def _config(browser: Browser, body: Json) -> Reply:
    size = arguments.optional_object(body, "resolution")
    if size:
        browser.resize(arguments.count(size, "width"), arguments.count(size, "height"))
    return envelope(None)


def _restart(services: Services, browser: Browser, body: Json) -> Reply:
    """`soft` leaves the browser running, and nothing of what was opened in it."""
    mode = arguments.optional_string(body, "mode") or "hard"
    if mode not in ("soft", "hard"):
        raise arguments.invalid("literal_error", "mode", "Input should be 'soft' or 'hard'", mode)
    allowed, blocked = _entries(body, "url_allowlist"), _entries(body, "url_blocklist")
    dialogs = arguments.optional_bool(body, "allow_file_selection_dialogs") if "allow_file_selection_dialogs" in body else None
    locale = arguments.optional_string(body, "locale")
    policy = services.browser_policy
    if allowed is not None and policy.is_given:
        raise CdpFailed("the addresses that may be opened were set when the sandbox was made: url_allowlist cannot widen them")
    if (allowed, blocked, dialogs) != (None, None, None):
        try:
            policy.change(allowed, blocked, dialogs)
        except SettingError as error:
            raise CdpFailed(str(error)) from error
    browser.locale = browser.locale if locale is None else locale
    if mode == "hard":
        restart(browser)
    else:
        clear(browser)
    return envelope(None)


def _entries(body: Json, name: str) -> list[str] | None:
    """A list, or a text with commas between."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        value = [entry.strip() for entry in value.split(",") if entry.strip()]
    if not isinstance(value, list) or len(value) > MAX_ENTRIES or not all(isinstance(entry, str) and entry for entry in value):
        raise arguments.invalid("list_type", name, f"Input should be a list of at most {MAX_ENTRIES} addresses", None)
    return value


def _viewport(browser: Browser) -> tuple[int, int]:
    size = browser.page.evaluate("[innerWidth, innerHeight]")
    assert isinstance(size, list)
    return int(size[0]), int(size[1])


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG picture."""
    if data.startswith(b"\x89PNG"):
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    place = 2
    while place + 9 <= len(data):
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # the head of the frame
            return int.from_bytes(data[place + 7 : place + 9], "big"), int.from_bytes(data[place + 5 : place + 7], "big")
        place += 2 + length
    raise CdpFailed("the browser's picture is neither PNG nor JPEG")


GETS = {"info": _info, "screenshot": _screenshot}
