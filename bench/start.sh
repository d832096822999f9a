#!/usr/bin/env bash
# Start of the server against an empty Spring Boot application of the same version: bench/start.sh [--rounds 9]
# shellcheck source=bin/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bin/lib.sh"

find_jdk || die 'a JDK, 17 or newer, is missing'
ensure_jar
boot=$(sed -n '/<parent>/,/<\/parent>/s/.*<version>\(.*\)<\/version>.*/\1/p' "$ROOT/pom.xml")
if [ ! -f "$TARGET/bench/empty-app/boot-$boot" ]; then
  say "building the empty application with Spring Boot $boot"
  mkdir -p "$TARGET/bench"
  mvn -q -B -ntp -f "$ROOT/bench/empty-app/pom.xml" -Dboot.version="$boot" clean package >"$TARGET/bench/empty-app.log" 2>&1 </dev/null \
    || die "Maven could not build it: $(grep '^\[ERROR\]' "$TARGET/bench/empty-app.log" | head -1)"
  touch "$TARGET/bench/empty-app/boot-$boot"
fi
exec python3 "$ROOT/bench/start.py" "$@"
