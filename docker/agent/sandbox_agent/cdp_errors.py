"""What can go wrong between the agent and the browser."""

from __future__ import annotations


class CdpFailed(Exception):
    """The browser said no; the text tells what to do where that is known."""


class CdpLost(CdpFailed):
    """The connection to the browser is not there, or not any more."""


class CdpTimeout(CdpFailed):
    """The browser did not answer in time."""
