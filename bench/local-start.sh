#!/usr/bin/env bash
# Local sandboxes started at once through the server against bare ones: bench/local-start.sh [--rounds 11] [--count 20] [--warm-up 30]
# shellcheck source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
command -v bwrap >/dev/null || die 'bubblewrap is missing: apt-get install bubblewrap'
ensure_jar
exec python3 "$ROOT/bench/local_start.py" "$@"
