#!/usr/bin/env bash
# A burst of acquires over two replicas on one Redis: bench/burst.sh [--rounds 7] [--takes 100] [--pools 100,50]
# shellcheck source=bench/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_shared_state
exec python3 "$ROOT/bench/burst.py" "$@"
