#!/bin/sh
# Installs what the tests need and this machine does not have: protoc, etcd, nats-server, and the real Dynamo in a
# virtual environment under target/. Uses apt or brew. Nothing is removed, no service is started or stopped.
#
# DYNAMO_PYTHON=...           a python that has the real Dynamo already
# DYNAMO_SDK_SKIP_INTEROP=1   do without the real Dynamo
set -eu

cd "$(dirname "$0")/.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
dynamo_version=1.6.1
# A plain peer of the event plane, without code of Dynamo.
plain_peer="pyzmq==27.3.0 msgpack==1.2.4"
venv=target/dynamo-venv

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        fail "not root and no sudo; run this as root: $*"
    fi
}

# Packages of servers start them when they are installed. A policy of the system says no while we install, unless the
# machine has a policy of its own.
apt_install() {
    say "apt-get install $*"
    policy=/usr/sbin/policy-rc.d
    ours=
    if [ ! -e "$policy" ]; then
        ours=yes
        trap 'as_root rm -f "$policy"' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    status=0
    as_root apt-get update -qq || say "the package lists could not be updated, trying with the old ones"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" || status=$?
    if [ -n "$ours" ]; then
        as_root rm -f "$policy"
        trap - EXIT HUP INT TERM
    fi
    [ "$status" -eq 0 ] || fail "apt-get failed"
}

brew_install() {
    say "brew install $*"
    brew install "$@"
}

# Whether there is a protoc that finds the types of its own, which Debian has in a package apart and which `etcd-client`
# imports.
has_protoc() {
    has protoc || return 1
    probe=$(mktemp -d)
    echo 'syntax = "proto3"; import "google/protobuf/descriptor.proto";' >"$probe/probe.proto"
    found=0
    protoc -I "$probe" --descriptor_set_out="$probe/out" "$probe/probe.proto" >/dev/null 2>&1 || found=1
    rm -r "$probe"
    return "$found"
}

# Debian splits what brew has in one package.
missing_of_apt() {
    has_protoc || echo protobuf-compiler libprotobuf-dev
    has etcd || echo etcd-server
    has etcdctl || echo etcd-client
    has nats-server || echo nats-server
    wants_venv || return 0
    has python3 || echo python3
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || echo python3-venv
}

missing_of_brew() {
    has_protoc || echo protobuf
    { has etcd && has etcdctl; } || echo etcd
    has nats-server || echo nats-server
}

# The package is published for Linux only.
wants_venv() {
    [ "${DYNAMO_SDK_SKIP_INTEROP:-}" != 1 ] && [ -z "${DYNAMO_PYTHON:-}" ] && [ "$(uname -s)" = Linux ] &&
        [ ! -e "$venv/ready-$dynamo_version" ]
}

if has apt-get; then
    missing=$(missing_of_apt)
    # shellcheck disable=SC2086 # one word, one package
    [ -z "$missing" ] || apt_install $missing
elif has brew; then
    missing=$(missing_of_brew)
    # shellcheck disable=SC2086 # one word, one package
    [ -z "$missing" ] || brew_install $missing
fi
for program in protoc etcd etcdctl nats-server; do
    has "$program" || fail "$program is missing, and there is neither apt-get nor brew to install it"
done
has_protoc || fail "protoc does not find google/protobuf/descriptor.proto; install its include files beside it"

if wants_venv; then
    say "installing ai-dynamo-runtime $dynamo_version into $venv (about 200 MB)"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        "ai-dynamo-runtime==$dynamo_version" uvloop ||
        fail "the real Dynamo cannot be installed; DYNAMO_SDK_SKIP_INTEROP=1 does without"
    : >"$venv/ready-$dynamo_version"
fi

# Also where the real Dynamo was installed before this was needed.
if [ "${DYNAMO_SDK_SKIP_INTEROP:-}" != 1 ] && [ -e "$venv/ready-$dynamo_version" ] &&
    ! "$venv/bin/python" -c 'import zmq, msgpack' >/dev/null 2>&1; then
    say "installing $plain_peer into $venv"
    # shellcheck disable=SC2086 # one word, one package
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $plain_peer ||
        fail "a plain peer cannot be installed; DYNAMO_SDK_SKIP_INTEROP=1 does without"
fi

say "protoc, etcd and nats-server are installed"
