"""The program inside a sandbox: runs commands, cells and tools, and serves the workspace's files over HTTP."""
