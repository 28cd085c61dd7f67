#!/bin/sh
# Installs what is missing and runs all tests. Arguments go to the test runner, for example a part of a test's name.
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
if [ "$(uname -s)" != Linux ] && [ -z "${DYNAMO_PYTHON:-}" ]; then
    echo "test: the real Dynamo is published for Linux only, tests with it are skipped" >&2
    export DYNAMO_SDK_SKIP_INTEROP=1
fi

# Some tests run the examples as a newcomer builds them. Built here, so that no test waits for the compiler.
cargo build --examples

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --all-features "$@"
else
    echo "test: no cargo-nextest (cargo install --locked cargo-nextest), using cargo test" >&2
    cargo test --workspace --all-features --all-targets "$@"
fi
if [ $# -eq 0 ]; then
    cargo test --doc --workspace --all-features
fi
