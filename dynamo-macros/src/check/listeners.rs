//! A block has one hook of a kind, and one subscription to a channel.

use syn::LitStr;

use crate::errors::Errors;
use crate::model::hook::Hook;
use crate::model::subscription::{Channel, Subscription};

/// Reports a second hook of one kind. The result are the positions of these.
pub(super) fn duplicate_hooks(hooks: &[Hook], errors: &mut Errors) -> Vec<usize> {
    let mut kept: Vec<&Hook> = Vec::new();
    let mut duplicates = Vec::new();
    for (at, hook) in hooks.iter().enumerate() {
        let clash =
            kept.iter().find(|other| other.kind == hook.kind && other.carried.coexists_with(&hook.carried));
        let Some(first) = clash else {
            kept.push(hook);
            continue;
        };
        errors.at(
            &hook.method,
            format_args!(
                "this block has a `#[{}]` already, the method `{}`: merge the two",
                hook.kind.name(),
                first.method
            ),
        );
        duplicates.push(at);
    }
    duplicates
}

/// Reports a second subscription to one channel. The result are the positions of these.
pub(super) fn duplicate_subscriptions(list: &[Subscription], errors: &mut Errors) -> Vec<usize> {
    let mut kept: Vec<&Subscription> = Vec::new();
    let mut duplicates = Vec::new();
    for (at, subscription) in list.iter().enumerate() {
        let Some(first) = kept.iter().find(|other| clash(other, subscription)) else {
            kept.push(subscription);
            continue;
        };
        errors.at(
            &subscription.topic,
            format_args!(
                "the method `{}` subscribes to these events already: call this one from there",
                first.method
            ),
        );
        duplicates.push(at);
    }
    duplicates
}

fn clash(one: &Subscription, other: &Subscription) -> bool {
    one.topic.value() == other.topic.value()
        && names(&one.channel) == names(&other.channel)
        && one.channel.whole_namespace == other.channel.whole_namespace
        && one.carried.coexists_with(&other.carried)
}

fn names(channel: &Channel) -> [Option<String>; 3] {
    let value = |name: &Option<LitStr>| name.as_ref().map(LitStr::value);
    [value(&channel.namespace), value(&channel.component), value(&channel.endpoint)]
}
