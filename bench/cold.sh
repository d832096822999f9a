#!/usr/bin/env bash
# A cold create through the server against a bare one of the same container: bench/cold.sh [--rounds 15] [--type base]
# shellcheck source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
ensure_jar
ensure_image base
exec python3 "$ROOT/bench/cold.py" "$@"
