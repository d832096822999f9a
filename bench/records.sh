#!/usr/bin/env bash
# See records.py: bench/records.sh [--rounds N]
# shellcheck source=bench/stage.sh
. "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
exec python3 "$ROOT/bench/records.py" "$@"
