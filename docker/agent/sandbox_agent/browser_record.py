"""What a page did while nobody was asking: where it is, what it loaded and wrote, and which dialog it waits for."""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json

MAX_MESSAGES = 1000
MAX_REQUESTS = 2000
MAX_TEXT = 10_000
WAITING = "waiting for an answer"


class Dialog:
    """`alert`, `confirm`, `prompt` or `beforeunload`."""

    def __init__(self, params: Json) -> None:
        self.kind = str(params.get("type"))
        self.message = str(params.get("message"))
        self.typed = ""  # into a prompt, so far


class Request:
    def __init__(self, method: str, url: str, kind: str) -> None:
        self.method = method
        self.url = url
        self.kind = kind
        self.outcome = WAITING
        self.done = False

    def line(self) -> str:
        return f"[{self.method}] {self.url} => {self.outcome}"


class Record:
    """Filled by the events of one page, in the thread that receives them."""

    def __init__(self) -> None:
        self.dialog: Dialog | None = None
        self.file_chooser: Json | None = None
        self.drag: Json | None = None  # what a drag that has begun carries
        self.crashed = False
        self.unreachable = ""  # the address that an error page stands for
        self.failure = ("", "")  # the document that could not be loaded last, and why
        self.is_loading = False
        self.loads = 0  # how often loading has begun
        self.messages: deque[str] = deque(maxlen=MAX_MESSAGES)
        self.requests: dict[str, Request] = {}
        self.main_frame = ""
        self.loader = ""  # names the document that is there
        self.loaded = ""  # the one that was completed last

    def take(self, method: str, params: Json) -> None:
        handler = HANDLERS.get(method)
        if handler is not None:
            handler(self, params)

    @property
    def pending(self) -> list[Request]:
        """What the page fetches by script at this moment."""
        return [request for request in list(self.requests.values()) if not request.done and request.kind in ("XHR", "Fetch")]

    def _loading(self, params: Json) -> None:
        if params.get("frameId") == self.main_frame:
            self.is_loading = True
            self.loads += 1

    def _loaded(self, params: Json) -> None:
        if params.get("frameId") == self.main_frame:
            self.is_loading = False

    def _lived(self, params: Json) -> None:
        if params.get("frameId") == self.main_frame and params.get("name") == "load":
            self.loaded = str(params.get("loaderId"))

    def _navigated(self, params: Json) -> None:
        frame = params.get("frame")
        if isinstance(frame, dict) and "parentId" not in frame:
            self.main_frame = str(frame.get("id"))
            self.messages.clear()
            self.file_chooser = None
            self.crashed = False
            self.unreachable = str(frame.get("unreachableUrl") or "")
            self.loader = str(frame.get("loaderId"))  # also the id of the request for the page itself
            self.requests = {key: request for key, request in self.requests.items() if key == self.loader or not request.done}

    def _dialog_opened(self, params: Json) -> None:
        self.dialog = Dialog(params)

    def _dialog_closed(self, _params: Json) -> None:
        self.dialog = None

    def _file_chooser_opened(self, params: Json) -> None:
        self.file_chooser = params

    def _drag_begun(self, params: Json) -> None:
        data = params.get("data")
        self.drag = data if isinstance(data, dict) else {}

    def _crashed(self, _params: Json) -> None:
        self.crashed = True
        self.is_loading = False

    def _written(self, params: Json) -> None:
        kind = str(params.get("type")).upper()
        values = params.get("args")
        texts = [_shown(value) for value in values if isinstance(value, dict)] if isinstance(values, list) else []
        trace = params.get("stackTrace")
        frames = trace.get("callFrames") if isinstance(trace, dict) else None
        place = ""
        if isinstance(frames, list) and frames and isinstance(frames[0], dict):
            place = f" @ {frames[0].get('url')}:{frames[0].get('lineNumber')}"
        self.messages.append(f"[{'WARNING' if kind == 'WARN' else kind}] {' '.join(texts)[:MAX_TEXT]}{place}")

    def _thrown(self, params: Json) -> None:
        details = params.get("exceptionDetails")
        if isinstance(details, dict):
            thrown = details.get("exception")
            text = thrown.get("description") if isinstance(thrown, dict) else None
            self.messages.append(f"[ERROR] {str(text or details.get('text'))[:MAX_TEXT]}")

    def _logged(self, params: Json) -> None:
        entry = params.get("entry")
        if isinstance(entry, dict) and entry.get("source") != "console-api":
            self.messages.append(f"[{str(entry.get('level')).upper()}] {str(entry.get('text'))[:MAX_TEXT]} @ {entry.get('url', '')}")

    def _request(self, params: Json) -> None:
        request = params.get("request")
        if not isinstance(request, dict) or str(request.get("url")).startswith("data:"):
            return
        number = str(params.get("requestId"))
        redirect = params.get("redirectResponse")
        if isinstance(redirect, dict) and number in self.requests:
            before = self.requests.pop(number)
            before.outcome, before.done = _status(redirect), True
            self.requests[f"{number} {len(self.requests)}"] = before
        if len(self.requests) >= MAX_REQUESTS:
            self.requests.pop(next(iter(self.requests)))
        self.requests[number] = Request(str(request.get("method")), str(request.get("url"))[:MAX_TEXT], str(params.get("type")))

    def _response(self, params: Json) -> None:
        request, response = self.requests.get(str(params.get("requestId"))), params.get("response")
        if request is not None and isinstance(response, dict):
            request.outcome = _status(response)

    def _finished(self, params: Json) -> None:
        request = self.requests.get(str(params.get("requestId")))
        if request is not None:
            request.done = True

    def _failed(self, params: Json) -> None:
        if params.get("type") == "Document":
            self.failure = str(params.get("requestId")), str(params.get("errorText"))
        request = self.requests.get(str(params.get("requestId")))
        if request is not None:
            request.done = True
            if request.outcome == WAITING:  # an answer without a body counts as broken off, too
                request.outcome = f"failed: {params.get('errorText')}"


HANDLERS = {
    "Page.frameStartedLoading": Record._loading,
    "Page.frameStoppedLoading": Record._loaded,
    "Page.lifecycleEvent": Record._lived,
    "Page.frameNavigated": Record._navigated,
    "Page.javascriptDialogOpening": Record._dialog_opened,
    "Page.javascriptDialogClosed": Record._dialog_closed,
    "Page.fileChooserOpened": Record._file_chooser_opened,
    "Input.dragIntercepted": Record._drag_begun,
    "Inspector.targetCrashed": Record._crashed,
    "Runtime.consoleAPICalled": Record._written,
    "Runtime.exceptionThrown": Record._thrown,
    "Log.entryAdded": Record._logged,
    "Network.requestWillBeSent": Record._request,
    "Network.responseReceived": Record._response,
    "Network.loadingFinished": Record._finished,
    "Network.loadingFailed": Record._failed,
}


def _status(response: Json) -> str:
    return f"[{response.get('status')}] {response.get('statusText', '')}".rstrip()


def _shown(value: Json) -> str:
    """A value that a page wrote to its console."""
    if "value" in value:
        return str(value["value"])
    return str(value.get("unserializableValue") or value.get("description") or value.get("type"))
