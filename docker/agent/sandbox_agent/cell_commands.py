"""Shell commands inside cells."""

from __future__ import annotations

import subprocess


def run_command(command: str) -> int:
    """Like a terminal: the command's output comes out in order with ours, an interrupt ends it."""
    with subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.kill()
            raise
