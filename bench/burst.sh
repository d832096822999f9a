#!/usr/bin/env bash
# See burst.py: bench/burst.sh [--rounds N]
# shellcheck source=bench/stage.sh
. "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
exec python3 "$ROOT/bench/burst.py" "$@"
