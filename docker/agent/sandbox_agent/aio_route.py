"""One AIO route: where it is, what it takes, and who answers."""

from __future__ import annotations

from sandbox_agent.aio_schema import Field, checked
from sandbox_agent.arguments import read_json
from sandbox_agent.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.services import Services

    Answer = Callable[[Services, Request, dict[str, Any]], object]

BODY, QUERY, FORM = "body", "query", "form"


class Route:
    """`answer` gives the envelope's data, or a whole `Reply`. A form, and a body that is told as a whole, are read by the one who answers."""

    def __init__(
        self,
        method: str,
        path: str,
        summary: str,
        answer: Answer,
        fields: Mapping[str, Field] | None = None,
        *,
        where: str = BODY,
        body: Json | None = None,
        data: Json | None = None,
        content: str = "application/json",
        streams: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.summary = summary
        self.answer = answer
        self.fields = fields or {}
        self.where = where
        self.body = body
        self.data = data
        self.content = content
        self.streams = streams

    @property
    def group(self) -> str:
        return self.path.split("/")[2].partition(".")[0]

    def values(self, services: Services, request: Request) -> dict[str, Any]:
        if self.where == FORM or not self.fields:
            return {}
        query: Json = {**request.query}
        given = query if self.where == QUERY else read_json(request.body, services.settings.max_json)
        values, rows = checked(self.fields, given, self.where)
        if rows:
            raise InvalidArguments(*rows)
        return values
