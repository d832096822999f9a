"""The AIO routes as an OpenAPI document, and as a page to read."""

from __future__ import annotations

import html

from sandbox_agent.aio_route import BODY, FORM, QUERY, Route
from sandbox_agent.aio_sandbox import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox_agent.arguments import Json

TITLE = "Sandbox"
MESSAGE: Json = {"anyOf": [{"type": "string"}, {"type": "null"}]}
ROW: Json = {
    "type": "object",
    "required": ["loc", "msg", "type"],
    "properties": {
        "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
        "msg": {"type": "string"},
        "type": {"type": "string"},
    },
}
INVALID: Json = {"type": "object", "properties": {"detail": {"type": "array", "items": {"$ref": "#/components/schemas/ValidationError"}}}}
REFUSED: Json = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
FILE_ERROR: Json = {
    "type": "object",
    "required": ["path", "operation", "message", "error_type"],
    "properties": {
        **{name: {"type": "string"} for name in ("path", "operation", "message", "error_type")},
        "retryable": {"type": "boolean", "default": False},
        "errno": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "errno_name": MESSAGE,
        "exception_type": MESSAGE,
    },
}
NULL: Json = {"type": "null"}


def document(routes: Sequence[Route]) -> Json:
    paths: dict[str, dict[str, Json]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    schemas = {"HTTPValidationError": INVALID, "ValidationError": ROW, "Refusal": REFUSED, "FileOperationError": FILE_ERROR}
    info = {"title": TITLE, "version": VERSION, "description": "Tools of one sandbox. /mcp offers them over MCP (streamable HTTP)."}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _operation(route: Route) -> Json:
    told: Json = {"summary": route.summary, "operationId": _id(route), "tags": [route.group]}
    if route.where == QUERY:
        told["parameters"] = [
            {"name": name, "in": "query", "required": field.required, "schema": field.described()}
            for name, field in route.fields.items()
        ]
    elif route.fields or route.body:
        kind = "multipart/form-data" if route.where == FORM else "application/json"
        told["requestBody"] = {"required": True, "content": {kind: {"schema": _body(route)}}}
    told["responses"] = _responses(route)
    return told


def _body(route: Route) -> Json:
    if route.body:
        return route.body
    properties = {name: field.described() for name, field in route.fields.items()}
    if route.where == FORM:
        properties["file"] = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "object", "properties": properties, "required": [name for name, field in route.fields.items() if field.required]}


def _responses(route: Route) -> Json:
    answer: Json = {"schema": {"type": "string"}} if route.content.startswith("text/") else {}
    if route.data is not None:
        answer = {"schema": _envelope(route.data, route.group == "file")}
    content = {route.content: answer}
    if route.streams:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    responses: Json = {"200": {"description": "What was done, or in the envelope why not", "content": content}}
    responses["403"] = {"description": "The token is missing or wrong", "content": _json("Refusal")}
    if (route.fields or route.body) and route.where in (BODY, QUERY):
        responses["422"] = {"description": "Arguments are wrong", "content": _json("HTTPValidationError")}
    return responses


def _json(name: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _envelope(data: Json, of_files: bool) -> Json:
    failures: list[Json] = [{"$ref": "#/components/schemas/FileOperationError"}] if of_files else []
    properties = {"success": {"type": "boolean"}, "message": MESSAGE, "data": {"anyOf": [data, *failures, NULL]}, "hint": MESSAGE}
    return {"type": "object", "properties": properties, "required": ["success"]}


def _id(route: Route) -> str:
    return f"{route.method.lower()}_{route.path.strip('/').replace('/', '_').replace('.', '_')}"


def page(routes: Sequence[Route]) -> str:
    """Without scripts: it may be shown in anybody's origin."""
    sections = "".join(_section(route) for route in routes)
    style = "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}td{padding-right:1.5em;vertical-align:top}"
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title><style>{style}</style></head><body>'
        f'<h1>{TITLE}</h1><p>API {VERSION}: <a href="openapi.json">openapi.json</a>, and over MCP at <code>/mcp</code>.</p>{sections}</body></html>'
    )


def _section(route: Route) -> str:
    rows = "".join(
        f"<tr><td><code>{name}</code>{'*' if field.required else ''}</td><td>{field.kind}</td><td>{html.escape(field.description)}</td></tr>"
        for name, field in route.fields.items()
    )
    return f"<h3>{route.method} {route.path}</h3><p>{html.escape(route.summary)}</p><table>{rows}</table>"
