"""Entry point: `python3 -I -S <folder>/sandbox_agent/__main__.py`, or `python3 -m sandbox_agent`.

Keep this file tiny: a script is compiled anew at every start.
"""

import sys

if not __package__:
    # Run as a file or a folder: the package's parent takes the place of the package itself on the path, so that
    # `import shell` in anybody's code can never mean ours.
    sys.path[0] = __file__.rpartition("/sandbox_agent/")[0] or sys.path[0] + "/.."

from sandbox_agent.agent import main

if __name__ == "__main__":
    sys.exit(main())
