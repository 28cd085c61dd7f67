#!/usr/bin/env bash
# What the macros cost when compiling: `cargo check` of a crate with 100 endpoints, with the macros and with their
# expansion written out. The two are measured in turn, in ROUNDS rounds (15 unless given), on a machine that should have
# nothing else to do; the ratio is the median of those of the rounds, in wall time and in CPU time.
set -euo pipefail

cd "$(dirname "$0")/.."
rounds=${1:-15}
root=$PWD
dir=$root/target/bench-macros
mkdir -p "$dir"
for crate in with_macros written_out empty; do
    mkdir -p "$dir/$crate/src"
    cat >"$dir/$crate/Cargo.toml" <<TOML
[package]
name = "$crate"
version = "0.0.0"
edition = "2024"

[dependencies]
dynamo-sdk = { path = "$root/dynamo-sdk" }
serde = { version = "1", features = ["derive"] }
TOML
done
printf '[workspace]\nresolver = "3"\nmembers = ["with_macros", "written_out", "empty"]\n' >"$dir/Cargo.toml"
# The versions that are tested.
cp Cargo.lock "$dir/Cargo.lock"
# What cargo and loading the dependencies cost.
echo 'pub use dynamo_sdk::prelude;' >"$dir/empty/src/lib.rs"
cargo test -q -p dynamo-macros -- --ignored the_crates_of_the_benchmark_are_written >/dev/null

cd "$dir"
export CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$dir/target
cargo check -q --offline

# Seconds of wall time and of CPU time of one check.
check() {
    touch "$1/src/lib.rs"
    local TIMEFORMAT='%R %U %S'
    { time cargo check -q --offline -p "$1" 2>/dev/null; } 2>&1 | awk '{ print $1, $2 + $3 }'
}

for ((round = 1; round <= rounds; round++)); do
    # Each goes first in turn.
    if ((round % 2)); then
        with=$(check with_macros) without=$(check written_out)
    else
        without=$(check written_out) with=$(check with_macros)
    fi
    echo "$with $without $(check empty)"
done >rounds.txt

# Of column N of the rounds, or of the ratio of two columns.
median() {
    awk "{ print $1 }" rounds.txt | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
printf 'wall: %.2f s with, %.2f s without, ratio %.2f\n' "$(median '$1')" "$(median '$3')" "$(median '$1/$3')"
printf 'CPU:  %.2f s with, %.2f s without, ratio %.2f\n' "$(median '$2')" "$(median '$4')" "$(median '$2/$4')"
printf 'CPU without that of an empty crate (%.2f s): ratio %.2f\n' "$(median '$6')" "$(median '($2-$6)/($4-$6)')"
printf 'per endpoint: %.1f ms of CPU time, over %d rounds\n' "$(median '($2-$4)*10')" "$rounds"
