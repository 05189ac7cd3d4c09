#!/usr/bin/env bash
# Runs every test. Needs Rust, a C compiler, Node and Python; installs what else is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: tests/run.sh [--rust | --browser] [FILTER]

Builds the binary once and runs the tests in Rust, then the ones in Chromium.
  --rust      only the tests in Rust
  --browser   only the tests in Chromium
  FILTER      only tests whose name contains (Rust) or matches (Chromium) this
Installs, when missing: Chromium, or pebble, caddy and nginx for the tests in Rust (apt-get, as
root or with sudo), the npm packages that
tests/browser/package-lock.json names, into tests/browser/node_modules, and the Python
packages that tests/requirements.txt names, into the target folder.
Environment: CARGO_TARGET_DIR, MILLGATE_CHROMIUM (the browser's program),
MILLGATE_SHOTS (a directory that gets screenshots of every page).
EOF
}

die() {
  printf 'tests/run.sh: %s\n' "$*" >&2
  exit 1
}

# Runs a step silently; shows what it said only when it fails.
quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "$what failed; see above"
  fi
  rm -f "$log"
}

rust=yes browser=yes filter=
while [ $# -gt 0 ]; do
  case $1 in
    --rust) browser= ;;
    --browser) rust= ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) [ -z "$filter" ] || die "one filter at most"; filter=$1 ;;
  esac
  shift
done
[ -n "$rust$browser" ] || die "--rust and --browser exclude each other; give neither to run both"

cargo=${CARGO:-cargo}
chromium=${MILLGATE_CHROMIUM:-/usr/bin/chromium}

need() {
  command -v "$1" >/dev/null || die "$1 is missing: $2"
}

check_machine() {
  need "$cargo" "install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or later"
  need cc "install a C compiler (Debian: gcc)"
  need curl "install curl: the README's commands are tried with it"
  need python3 "install Python 3.10 or later"
  [ -n "$browser" ] || return 0
  need node "install Node 20 or later"
  need npm "it comes with Node"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' \
    || die "Node $(node --version) is too old: the browser tests need 20 or later"
}

# Installs Debian's packages for programs that are missing: from_debian PROGRAM PACKAGE [PROGRAM PACKAGE ...]
from_debian() {
  local packages=() programs=() as_root=() program
  while [ $# -gt 0 ]; do
    programs+=("$1")
    # Root's programs are not on everybody's path.
    [ -n "$(PATH=$PATH:/usr/sbin command -v "$1")" ] || packages+=("$2")
    shift 2
  done
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "missing, and apt-get too, so install them by hand: ${packages[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "missing: ${packages[*]}; run once as root, or install sudo"
    as_root=(sudo -n)
  fi
  echo "installing ${packages[*]}"
  quietly "apt-get update" "${as_root[@]}" apt-get update -q
  quietly "installing ${packages[*]}" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${packages[@]}"
  for program in "${programs[@]}"; do
    [ -n "$(PATH=$PATH:/usr/sbin command -v "$program")" ] || die "apt-get is done, but $program is not there"
  done
}

install_chromium() {
  [ ! -x "$chromium" ] || return 0
  [ -z "${MILLGATE_CHROMIUM:-}" ] || die "MILLGATE_CHROMIUM names no program: $chromium"
  from_debian "$chromium" chromium
}

# Beside what Cargo builds: neither the system's Python nor the source tree is touched.
install_python_packages() {
  local target
  target=$("$cargo" metadata --locked --no-deps --format-version 1 \
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/python
  cmp -s tests/requirements.txt "$target/.requirements" && return 0
  python3 -m pip --version >/dev/null 2>&1 || die "Python's pip is missing: install it (Debian: python3-pip)"
  echo "installing Python packages"
  rm -rf "$target"
  quietly "pip install" python3 -m pip install --disable-pip-version-check --no-input --no-deps \
    --only-binary :all: --target "$target" --requirement tests/requirements.txt
  cp tests/requirements.txt "$target/.requirements"
}

# The copy beside the packages says which lockfile they came from, so that nothing is asked when nothing changed.
install_packages() {
  local stamp=tests/browser/node_modules/.lockfile
  cmp -s tests/browser/package-lock.json "$stamp" && return 0
  echo "installing npm packages"
  quietly "npm ci in tests/browser" npm --prefix tests/browser ci --loglevel=error
  cp tests/browser/package-lock.json "$stamp"
}

built_binary() {
  "$cargo" metadata --locked --no-deps --format-version 1 \
    | node -e 'console.log(JSON.parse(require("fs").readFileSync(0)).target_directory + "/debug/millgate")'
}

run_rust() {
  echo "building and running the tests in Rust"
  "$cargo" test --quiet --locked ${filter:+"$filter"}
}

# `cargo test --no-run` builds the binary with the same features as the Rust tests do: it is built once.
run_browser() {
  echo "building and running the tests in Chromium"
  quietly "building the binary" "$cargo" test --quiet --locked --no-run
  MILLGATE_BIN=$(built_binary)
  export MILLGATE_BIN
  [ -x "$MILLGATE_BIN" ] || die "the build left no binary at $MILLGATE_BIN"
  node --test --test-reporter=spec ${filter:+--test-name-pattern="$filter"} tests/browser/*.test.js
}

check_machine
if [ -n "$browser" ]; then
  install_chromium
  install_packages
fi
install_python_packages
[ -z "$rust" ] || from_debian pebble pebble caddy caddy nginx nginx-light
[ -z "$rust" ] || run_rust
[ -z "$browser" ] || run_browser
