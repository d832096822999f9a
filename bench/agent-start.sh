#!/usr/bin/env bash
# Start and size of the agent in the base image: bench/agent-start.sh [--rounds 15]
# shellcheck source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"

ensure_image base
exec python3 "$ROOT/bench/agent_start.py" "$(image_name base)" "$@"
