#!/usr/bin/env bash
# rustc 1.95.0: what `.await` says when a bound of the awaited type is missing.
#
# Setting: a builder `Call<T>` that is awaited, and may be only if `T: Payload`. There are two ways to write that:
# `impl<T: Payload> IntoFuture for Call<T>`, or `impl<T: Payload> Future for Call<T>`.
#
# Guess: both name the missing bound, with the message of its `#[diagnostic::on_unimplemented]`.
# True:  only `Future` does. A type with an `IntoFuture` of its own has two candidates (its own, and the blanket one for
#        futures), so the compiler reports the outermost question: "`Call<Bad>` is not a future", with the advice to remove
#        the `.await`, and the message of the bound is not shown at all.
#
# Output seen (first line of each error):
#   IntoFuture: error[E0277]: `Call<Bad>` is not a future
#   Future:     error[E0277]: `Bad` cannot be sent
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

common='
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be sent")]
pub trait Payload {}
impl Payload for u8 {}
pub struct Call<T>(pub T);
pub struct Bad;
pub async fn good() { Call(1_u8).await }
pub async fn bad() { Call(Bad).await }
'
into='
impl<T: Payload> std::future::IntoFuture for Call<T> {
    type Output = ();
    type IntoFuture = std::future::Ready<()>;
    fn into_future(self) -> Self::IntoFuture { std::future::ready(()) }
}
'
future='
impl<T: Payload> std::future::Future for Call<T> {
    type Output = ();
    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'"'"'_>) -> std::task::Poll<()> {
        std::task::Poll::Ready(())
    }
}
'

rustc --version
first_error() {
    printf '%s' "$2" >"$dir/$1.rs"
    if rustc --edition 2024 --crate-type lib --emit metadata -o "$dir/$1.rmeta" "$dir/$1.rs" 2>"$dir/$1.txt"; then
        echo "CHANGED: $1 compiles" >&2
        exit 1
    fi
    grep -m1 '^error' "$dir/$1.txt"
}
with_into=$(first_error into_future "$common$into")
with_future=$(first_error future "$common$future")
echo "IntoFuture: $with_into"
echo "Future:     $with_future"
[[ $with_into == *'`Call<Bad>` is not a future'* ]] || { echo "CHANGED: IntoFuture" >&2; exit 1; }
[[ $with_future == *'`Bad` cannot be sent'* ]] || { echo "CHANGED: Future" >&2; exit 1; }
if grep -q 'cannot be sent' "$dir/into_future.txt"; then echo "CHANGED: IntoFuture shows the bound" >&2; exit 1; fi
echo "as described"
