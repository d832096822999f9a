"""The filesystem tools as they are listed: the names and arguments of the official MCP filesystem server."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json

TEXT: Json = {"type": "string"}
TEXTS: Json = {"type": "array", "items": TEXT}
PATTERNS: Json = {"default": [], **TEXTS}
EDIT: Json = {
    "type": "object",
    "properties": {
        "oldText": {**TEXT, "description": "Text to search for - must match exactly"},
        "newText": {**TEXT, "description": "Text to replace with"},
    },
    "required": ["oldText", "newText"],
}
TEXT_FILE: Json = {
    "path": TEXT,
    "tail": {"type": "number", "description": "If provided, returns only the last N lines of the file"},
    "head": {"type": "number", "description": "If provided, returns only the first N lines of the file"},
}
SORT: Json = {"type": "string", "enum": ["name", "size"], "default": "name", "description": "Sort entries by name or size"}
DRY_RUN: Json = {"type": "boolean", "default": False, "description": "Preview changes using git-style diff format"}
PATHS: Json = {**TEXTS, "minItems": 1, "description": "Paths of files to read, within allowed directories"}

READS = {"readOnlyHint": True}
ADDS = {"readOnlyHint": False, "idempotentHint": True, "destructiveHint": False}
WRITES = {"readOnlyHint": False, "idempotentHint": True, "destructiveHint": True}
CHANGES = {"readOnlyHint": False, "idempotentHint": False, "destructiveHint": True}


def _tool(name: str, description: str, properties: Json, hints: dict[str, bool]) -> Json:
    required = [key for key in properties if key in ("path", "paths", "content", "edits", "source", "destination", "pattern")]
    return {
        "name": name,
        "description": f"{description} Only works within allowed directories.",
        "inputSchema": {"type": "object", "properties": properties, "required": required},
        "annotations": {**hints, "openWorldHint": False},
    }


TOOLS: list[Json] = [
    _tool("read_file", "Read a file as text. DEPRECATED: use read_text_file instead.", TEXT_FILE, READS),
    _tool("read_text_file", "Read a file as text, whatever its extension: all of it, its first lines ('head') or its last ('tail').", TEXT_FILE, READS),
    _tool("read_media_file", "Read a file as base64 with its MIME type: an image or audio as such, any other as an embedded resource.", {"path": TEXT}, READS),
    _tool("read_multiple_files", "Read several files at once, each given back after its path. One that cannot be read does not stop the others.", {"paths": PATHS}, READS),
    _tool("write_file", "Create a file, or overwrite one without warning.", {"path": TEXT, "content": TEXT}, WRITES),
    _tool("edit_file", "Replace passages of a text file, and get the changes as a git-style diff.", {"path": TEXT, "edits": {"type": "array", "items": EDIT}, "dryRun": DRY_RUN}, CHANGES),
    _tool("create_directory", "Create a directory and those above it. One that exists is left as it is.", {"path": TEXT}, ADDS),
    _tool("list_directory", "List a directory: a line each, beginning with [FILE] or [DIR].", {"path": TEXT}, READS),
    _tool("list_directory_with_sizes", "List a directory with the sizes of files and their sum.", {"path": TEXT, "sortBy": SORT}, READS),
    _tool("directory_tree", "All below a directory as JSON: 'name', 'type' (file or directory) and, for directories, 'children'.", {"path": TEXT, "excludePatterns": PATTERNS}, READS),
    _tool("move_file", "Move or rename a file or directory. Fails if the destination exists.", {"source": TEXT, "destination": TEXT}, CHANGES),
    _tool("search_files", "Find files and directories whose path below the given one matches a pattern: '*.ext' there, '**/*.ext' anywhere below.", {"path": TEXT, "pattern": TEXT, "excludePatterns": PATTERNS}, READS),
    _tool("get_file_info", "Size, times, permissions and kind of a file or directory.", {"path": TEXT}, READS),
    _tool("list_allowed_directories", "The directories that these tools may use, with all below them.", {}, READS),
]  # fmt: skip
