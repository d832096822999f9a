# shellcheck shell=bash
# What the scripts here share beyond bin/lib.sh: what they measure with.
# shellcheck source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"
export SERVER_JVM_OPTIONS="${SERVER_JVM[*]}"

# The Go program of that name, in target/bench/.
ensure_program() {
  local program=$TARGET/bench/$1 source=$ROOT/bench/$1.go
  if [ "$program" -nt "$source" ]; then return; fi
  command -v go >/dev/null || die 'Go, 1.22 or newer, is missing'
  mkdir -p "$TARGET/bench"
  go build -o "$program" "$source" || die "could not build $source"
}

# What a measurement of the shared state needs: the server, a Redis, an engine that costs nothing, a client.
ensure_shared_state() {
  find_jdk || die 'a JDK, 17 or newer, is missing'
  command -v redis-server >/dev/null || die 'redis-server is missing: apt-get install redis-server'
  ensure_program loadgen
  ensure_program fakedocker
  ensure_jar
}
