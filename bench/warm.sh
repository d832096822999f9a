#!/usr/bin/env bash
# See warm.py: bench/warm.sh [--rounds N]
# shellcheck source=bench/stage.sh
. "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
exec python3 "$ROOT/bench/warm.py" "$@"
