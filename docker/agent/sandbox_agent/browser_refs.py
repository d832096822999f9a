"""The short names by which a snapshot calls the elements of a page: the same element keeps its name."""

from __future__ import annotations

MAX_KEPT = 100_000


class Node:
    """An element: its session and id there, and the frames it lies in whose positions have to be added."""

    def __init__(self, session: str, number: int, owners: tuple[tuple[str, int], ...]) -> None:
        self.session = session
        self.number = number
        self.owners = owners


class Refs:
    def __init__(self) -> None:
        self._count = 0
        self._names: dict[tuple[str, int], str] = {}
        self._nodes: dict[str, Node] = {}

    def name(self, session: str, number: int, owners: tuple[tuple[str, int], ...]) -> str:
        name = self._names.get((session, number))
        if name is None:
            if len(self._names) >= MAX_KEPT:
                self._names.clear()
                self._nodes.clear()
            self._count += 1
            name = self._names[session, number] = f"e{self._count}"
        self._nodes[name] = Node(session, number, owners)
        return name

    def find(self, name: str) -> Node | None:
        return self._nodes.get(name)

    def clear(self) -> None:
        """Names are not given twice: an old one must not mean another element."""
        self._names.clear()
        self._nodes.clear()
