#!/usr/bin/env bash
# Refills of a pool on a real Docker engine against bare creates: bench/refill.sh [--rounds 7] [--counts 20,50] [--concurrency 4]
# shellcheck source=bench/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
command -v redis-server >/dev/null || die 'redis-server is missing: apt-get install redis-server'
engine_answers || die 'no Docker engine answers'
if ! image_exists bench/runtime-sandbox-base:latest; then
  command -v go >/dev/null || die 'Go, 1.22 or newer, is missing'
  say 'building the smallest sandbox image'
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp "$ROOT/bench/stub/Dockerfile" "$work"
  CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/stub" "$ROOT/bench/stub/main.go"
  docker build -t bench/stub:latest -t bench/runtime-sandbox-base:latest "$work" >"$work/log" 2>&1 \
    || die "could not build it: $(tail -1 "$work/log")"
  rm -rf "$work"
  trap - EXIT
fi
ensure_jar
exec python3 "$ROOT/bench/refill.py" "$@"
