#!/usr/bin/env bash
# The way through the gateway against nginx and direct access: bench/gateway.sh [--rounds 9] [--turns 3] [--seconds 0.5] [--warm-up 60] [--shapes get,ws64]
# shellcheck source=bench/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
ensure_program gateload
ensure_program fakedocker
ensure_jar
exec python3 "$ROOT/bench/gateway.py" "$@"
