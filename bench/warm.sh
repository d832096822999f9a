#!/usr/bin/env bash
# Warm acquires from a pool in Redis against the floor program: bench/warm.sh [--rounds 9] [--pool 2000] [--warm-up 20]
# shellcheck source=bench/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_shared_state
exec python3 "$ROOT/bench/warm.py" "$@"
