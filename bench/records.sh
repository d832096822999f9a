#!/usr/bin/env bash
# Acquires among many live records against few: bench/records.sh [--rounds 9] [--many 10000] [--few 100]
# shellcheck source=bench/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_shared_state
exec python3 "$ROOT/bench/records.py" "$@"
