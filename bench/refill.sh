#!/usr/bin/env bash
# See refill.py: bench/refill.sh [--rounds N] [--sizes 20,50]
# shellcheck source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
ensure_jar
"$ROOT/bin/build-images" --stub
exec python3 "$ROOT/bench/refill.py" "$@"
