# shellcheck shell=bash disable=SC2034 # used by those that source it
# What the scripts in bin/ share: words to the user, missing programs, the Docker engine, images.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TARGET=$ROOT/target

# How the server's JVM is started. One that ran out of memory half works: better that its supervisor starts it again.
# The heap is small, and the parallel collector serves a tenth more small requests than the one that the JVM would choose.
SERVER_JVM=(-XX:+ExitOnOutOfMemoryError)
[[ ${JAVA_OPTS:-} == *-XX:+Use*GC* ]] || SERVER_JVM+=(-XX:+UseParallelGC)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# --- missing programs -------------------------------------------------------------------------

missing=()  # what a person would call them
packages=() # what Debian calls them; "a|b" is the first of them that there is

# want THING PACKAGE...: THING is missing, and on Debian PACKAGE... bring it.
want() { missing+=("$1"); packages+=("${@:2}"); }
want_command() { command -v "$1" >/dev/null || want "$@"; }

# The newest JDK is not the best one: 17 is what the project is built and tested with.
want_jdk() { find_jdk || want 'a JDK, 17 or newer' 'openjdk-17-jdk-headless|openjdk-21-jdk-headless|openjdk-25-jdk-headless|default-jdk-headless'; }
want_maven() { command -v mvn >/dev/null || want Maven maven; }
want_python() { python3 -c 'import ensurepip, venv' 2>/dev/null || want 'Python 3 with venv' python3 python3-venv; }

# A client alone is not enough where no engine answers it and none can be started.
want_docker() {
  command -v docker >/dev/null || { want Docker docker.io '?docker-cli' '?docker-buildx'; return; }
  [ -n "${DOCKER_HOST:-}" ] || command -v dockerd >/dev/null || engine_answers || want 'a Docker engine' docker.io
}

find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" "$(readlink -f "$(command -v javac || true)" | sed 's|/bin/javac$||')" /usr/lib/jvm/*; do
    if [ -z "$home" ] || [ ! -x "$home/bin/javac" ]; then continue; fi
    [ "$("$home/bin/javac" -version 2>&1 | sed -E 's/javac ([0-9]+).*/\1/')" -ge 17 ] 2>/dev/null || continue
    export JAVA_HOME=$home
    return
  done
  return 1
}

on_debian() { command -v apt-get >/dev/null && grep -qE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# The packages to install for what is wanted. A "?name" is left out where apt does not know it.
chosen_packages() {
  local wanted name
  for wanted in "${packages[@]}"; do
    for name in $(tr '|' ' ' <<<"${wanted#\?}"); do
      if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
        echo "$name"
        continue 2
      fi
    done
    [[ $wanted == \?* ]] || echo "${wanted%%|*}"
  done
}

# Installs what was wanted, or says what is missing and ends.
install_wanted() {
  [ ${#missing[@]} -gt 0 ] || return 0
  local list log names
  list=$(printf ', %s' "${missing[@]}")
  list=${list:2}
  on_debian || die "missing: $list. Install them and run this again"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "missing: $list. Run this as root, or install them"
  mkdir -p "$TARGET"
  log=$TARGET/apt.log
  as_root apt-get update >"$log" 2>&1 || say "apt-get update failed, going on with the lists there are"
  mapfile -t names < <(chosen_packages)
  as_root mkdir -p /usr/share/man/man1 # slim systems lack it, and the JDK's package fails without
  say "installing $list: apt-get install ${names[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${names[@]}" >>"$log" 2>&1 </dev/null \
    || die "apt-get could not install them: $(grep -E '^(E:|dpkg: error|update-alternatives: error)' "$log" | head -1) (all of it in $log)"
  missing=() packages=()
  hash -r
}

# --- the Docker engine ------------------------------------------------------------------------

ENGINE_PID=                         # of the dockerd that ensure_engine started by hand
ENGINE_PID_FILE=/var/run/docker.pid # dockerd removes it when it ends

engine_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

ensure_engine() {
  engine_answers && return
  local why log=/var/log/dockerd.log
  why=$(docker version 2>&1 >/dev/null | tail -1) || true
  [[ $why != *'permission denied'* ]] || die "this user may not talk to Docker: run as root, or join the group docker"
  [ -z "${DOCKER_HOST:-}" ] || die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  command -v dockerd >/dev/null || die "no Docker engine answers (${why:-no reason given}), and there is no dockerd here to start"
  if [ -d /run/systemd/system ]; then
    say 'starting Docker: systemctl start docker'
    as_root systemctl start docker || die 'systemctl could not start Docker: see systemctl status docker'
    wait_for_engine 60 || die 'Docker does not answer after 60 s: see systemctl status docker'
    return
  fi
  say "starting Docker by hand: dockerd (log in $log)"
  as_root sh -c "setsid nohup dockerd >$log 2>&1 </dev/null 9>&- &" # 9: the lock of bin/serve
  wait_for_engine 60 || die "dockerd does not answer: $(grep -E 'level=(error|fatal)|^failed' "$log" | tail -1)"
  ENGINE_PID=$(cat "$ENGINE_PID_FILE")
}

# A setting as the server reads it: from the environment, else from .env in the working folder.
setting() {
  if [ -n "${!1:-}" ]; then
    echo "${!1}"
  elif [ -r .env ]; then
    sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" .env | tail -1 | tr -d "\"'" | sed -E 's/[[:space:]]*(#.*)?$//'
  fi
}

# What "serve" is going to run sandboxes on: what was asked for, else Docker where an engine answers, else
# processes of this machine. The server decides in the same way; here it is about what to install.
chosen_backend() {
  local deployment
  deployment=$(setting CONTAINER_DEPLOYMENT)
  if [ -n "$deployment" ]; then
    echo "$deployment"
  elif [ -n "$(setting DOCKER_HOST)" ] || engine_answers; then
    echo docker
  else
    say 'no Docker engine answers: sandboxes are processes of this machine (CONTAINER_DEPLOYMENT=docker starts or installs Docker)'
    echo local
  fi
}

stop_engine() {
  local end=$((SECONDS + 30))
  as_root kill "$ENGINE_PID" || return 0
  while [ -e "$ENGINE_PID_FILE" ] && [ $SECONDS -lt $end ]; do sleep 0.2; done
}

wait_for_engine() {
  local end=$((SECONDS + $1))
  until engine_answers; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.3
  done
}

# --- images -----------------------------------------------------------------------------------

STUB_IMAGE=conf/runtime-sandbox-base:latest

# The name under which the server looks for the image of a sandbox type.
image_name() {
  echo "${RUNTIME_SANDBOX_REGISTRY:+${RUNTIME_SANDBOX_REGISTRY%/}/}${RUNTIME_SANDBOX_IMAGE_NAMESPACE:-agentscope}/runtime-sandbox-$1:${RUNTIME_SANDBOX_IMAGE_TAG:-latest}"
}

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }

# The label that says what files an image was built from; empty for images that are not ours.
INPUTS_LABEL=io.sandboxmanager.inputs
image_inputs() { docker image inspect --format "{{index .Config.Labels \"$INPUTS_LABEL\"}}" "$1" 2>/dev/null || true; }

# Builds the image of a sandbox type that is absent, or that we built from older files. Another's stays.
ensure_image() {
  local name
  name=$(image_name "$1")
  if ! image_exists "$name" || [ -n "$(image_inputs "$name")" ]; then "$ROOT/bin/build-images" "$1"; fi
}

# --- the jar ----------------------------------------------------------------------------------

JAR=$TARGET/sandbox-manager.jar

jar_is_current() {
  [ -f "$JAR" ] && [ -z "$(cd "$ROOT" && find pom.xml src/main config docker/agent/sandbox_agent supervisor/sandbox_supervisor -name __pycache__ -prune -o -newer "$JAR" \( -type f -o -path 'src/main*' \) -print -quit 2>/dev/null)" ]
}

ensure_jar() {
  jar_is_current && return
  say "building ${JAR#"$ROOT"/} (log in target/build-jar.log)"
  mkdir -p "$TARGET"
  (cd "$ROOT" && mvn -q -B -ntp -Dmaven.test.skip=true -Dagent.check.skip=true -Dspring-javaformat.validate.skip=true package) >"$TARGET/build-jar.log" 2>&1 </dev/null \
    || die "Maven could not build the jar: $(grep '^\[ERROR\]' "$TARGET/build-jar.log" | head -1)"
}
