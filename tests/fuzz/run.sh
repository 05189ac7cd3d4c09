#!/usr/bin/env bash
# Looks for inputs that break what must hold (src/fuzzing, src/edge/fuzzing), with libFuzzer.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'EOT'
usage: tests/fuzz/run.sh [SECONDS [TARGET ...]]

Builds the fuzz targets and runs each for so many seconds (default: 60). Needs a C++ compiler and cargo-fuzz
(cargo install --locked cargo-fuzz). What was interesting is kept in tests/fuzz/corpus, what was found in
tests/fuzz/artifacts: mend it, and keep the input as a seed in tests/fuzz/seeds, where every test run replays it.
EOT
}

case ${1:-} in -h | --help) usage; exit 0 ;; esac
seconds=${1:-60}
case $seconds in '' | *[!0-9]*) usage >&2; exit 2 ;; esac
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(sed -n 's|^path = "targets/\(.*\)\.rs"$|\1|p' tests/fuzz/Cargo.toml)

cargo=${CARGO:-cargo}
"$cargo" fuzz --version >/dev/null 2>&1 || { echo "cargo-fuzz is missing: cargo install --locked cargo-fuzz" >&2; exit 1; }

# The crate holds no unsafe code: without a sanitizer it runs several times as fast, and on a stable compiler.
fuzz() {
  local command=$1
  shift
  "$cargo" fuzz "$command" --fuzz-dir tests/fuzz --sanitizer none "$@"
}

fuzz build
failed=
for target in "$@"; do
  echo "== $target"
  mkdir -p "tests/fuzz/corpus/$target"
  fuzz run "$target" "tests/fuzz/corpus/$target" "tests/fuzz/seeds/$target" -- \
    -dict="tests/fuzz/words/$target.dict" -max_len=4096 -timeout=10 -max_total_time="$seconds" \
    -print_final_stats=1 -verbosity=0 || failed="$failed $target"
done
[ -z "$failed" ] || { echo "something was found:$failed" >&2; exit 1; }
