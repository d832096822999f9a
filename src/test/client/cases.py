"""What cases say when they find something else than they expect."""


class Failure(Exception):
    """A case that found something else than it expects."""


def check(condition, what, seen=None):
    if not condition:
        raise Failure(what if seen is None else "%s: %.500r" % (what, seen))
