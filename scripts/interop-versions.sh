#!/bin/sh
# The matrix of docs/interop.md with other versions of Dynamo (1.5.1 and 1.4.2 unless given), each in a virtual
# environment under target/. With UPDATE_SNAPSHOTS=1 the tables of the document are written.
set -eu

cd "$(dirname "$0")/.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
[ $# -gt 0 ] || set -- 1.5.1 1.4.2
for version in "$@"; do
    venv=target/dynamo-venv-$version
    if [ ! -e "$venv/ready" ]; then
        echo "interop-versions: installing ai-dynamo-runtime $version into $venv (about 200 MB)" >&2
        python3 -m venv --clear "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "ai-dynamo-runtime==$version" uvloop
        : >"$venv/ready"
    fi
    DYNAMO_PYTHON=$PWD/$venv/bin/python DYNAMO_SDK_INTEROP_VERSION=$version \
        cargo test -p dynamo-tests --test interop -- --nocapture matrix::every_cell
done
