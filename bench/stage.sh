# What the measurements of the warm path need, built once below target/bench. Sourced by them.
# shellcheck shell=bash source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
command -v redis-server >/dev/null || die 'redis-server is missing: apt-get install redis-server'
command -v go >/dev/null || die 'Go, 1.22 or newer, is missing'
ensure_jar
mkdir -p "$TARGET/bench/floor"
[ "$TARGET/bench/fakedocker" -nt "$ROOT/bench/fakedocker.go" ] || go build -o "$TARGET/bench/fakedocker" "$ROOT/bench/fakedocker.go"
[ "$TARGET/bench/floor/Floor.class" -nt "$ROOT/bench/Floor.java" ] || javac -d "$TARGET/bench/floor" "$ROOT/bench/Floor.java"
