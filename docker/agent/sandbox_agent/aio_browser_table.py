"""The AIO routes of the browser; see `aio_table`. Their bodies have forms that a table of fields cannot say: who answers checks them."""

from __future__ import annotations

from sandbox_agent.aio_route import QUERY, Route
from sandbox_agent.aio_schema import COUNT, TEXT, TEXTS, Field, maybe, thing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.aio_route import Answer
    from sandbox_agent.arguments import Json


def _by(name: str) -> Answer:
    def ask(*call: object) -> object:
        from sandbox_agent.browser_api import answer

        return answer(name, *call)  # type: ignore[arg-type]

    return ask


NUMBER: Json = {"type": "number"}
BUTTON: Json = {"type": "string", "enum": ["left", "right", "middle"], "default": "left"}
SIZE = thing(width=COUNT, height=COUNT)
PLACE: Mapping[str, Json] = {"x": maybe(NUMBER), "y": maybe(NUMBER)}
OFFSET: Mapping[str, Json] = {"x_offset": NUMBER, "y_offset": NUMBER}
ACTIONS: Mapping[str, Mapping[str, Json]] = {
    "MOVE_TO": {"x": NUMBER, "y": NUMBER},
    "MOVE_REL": OFFSET,
    "CLICK": {**PLACE, "button": maybe(BUTTON), "num_clicks": maybe({"type": "integer", "enum": [1, 2, 3], "default": 1})},
    "RIGHT_CLICK": PLACE,
    "DOUBLE_CLICK": PLACE,
    "MOUSE_DOWN": {"button": maybe(BUTTON)},
    "MOUSE_UP": {"button": maybe(BUTTON)},
    "DRAG_TO": {"x": NUMBER, "y": NUMBER},
    "DRAG_REL": OFFSET,
    "SCROLL": {"dx": maybe(NUMBER), "dy": maybe(NUMBER)},
    "TYPING": {"text": TEXT, "use_clipboard": maybe({"type": "boolean", "default": True})},
    "PRESS": {"key": TEXT},
    "KEY_DOWN": {"key": TEXT},
    "KEY_UP": {"key": TEXT},
    "HOTKEY": {"keys": TEXTS},
    "WAIT": {"duration": NUMBER},
}
ACTION: Json = {
    "oneOf": [thing(action_type={"type": "string", "const": name}, **fields) for name, fields in ACTIONS.items()],
    "discriminator": {"propertyName": "action_type"},
}
LIST: Json = maybe({"anyOf": [TEXTS, TEXT]})
RESTART = thing(
    mode=maybe({"type": "string", "enum": ["soft", "hard"], "default": "hard"}),
    url_allowlist=LIST,
    url_blocklist=LIST,
    allow_file_selection_dialogs=maybe({"type": "boolean"}),
    locale=maybe(TEXT),
)

BROWSER_ROUTES = [
    Route("GET", "/v1/browser/info", "Where the browser is, and how large", _by("info"),
          data=thing(user_agent=TEXT, cdp_url=TEXT, vnc_url=TEXT, viewport=SIZE, page_viewport=maybe(SIZE))),
    Route("GET", "/v1/browser/screenshot", "A picture of the page in front", _by("screenshot"), {
        "format": Field("string", "Of the picture", default="png", choices=("png", "jpg", "jpeg")),
        "quality": Field("integer", "Of a JPEG picture", default=90, least=0, most=100),
    }, where=QUERY, content="image/png"),
    Route("POST", "/v1/browser/actions", "Do what a person does with mouse and keyboard", _by("actions"), body=ACTION,
          data=thing(status=TEXT, action_performed=TEXT)),
    Route("POST", "/v1/browser/config", "Change the size of the page", _by("config"), body=thing(resolution=maybe(SIZE)), data=maybe(thing())),
    Route("POST", "/v1/browser/restart", "Begin with an empty browser", _by("restart"), body=RESTART, data=maybe(thing())),
]  # fmt: skip
