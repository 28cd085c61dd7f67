//! Reads an item into its model. This stage fails: it reports everything about one item or one method alone.

mod answer;
mod async_trait;
mod block;
mod blocks;
mod carried;
mod component;
mod contract;
mod endpoint;
mod entry;
mod fields;
mod hook;
mod inputs;
pub(crate) mod item;
mod markers;
mod method;
mod node;
mod options;
mod pipeline;
mod receiver;
mod repeated;
mod response;
mod sdk_path;
mod stray;
mod subscription;
mod wire_types;

use proc_macro2::TokenStream;

use self::item::Read;
use crate::attr::args::Args;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::model::entry::EntryKind;
use crate::model::node::NodeKind;
use crate::syntax::item::keyword;

/// Reads the item that `attribute` stands on.
pub(crate) fn read(attribute: Attribute, args: &Args, item: TokenStream, errors: &mut Errors) -> Read {
    match attribute {
        Attribute::Component if keyword(&item).is_some_and(|keyword| keyword == "trait") => {
            contract::read(args, item, errors)
        }
        Attribute::Component => component::read(args, item, errors),
        Attribute::Endpoints => block::read(args, item, errors),
        Attribute::Operator => node::read(NodeKind::Operator, args, item, errors),
        Attribute::Engine => node::read(NodeKind::Engine, args, item, errors),
        Attribute::Main => entry::read(EntryKind::Main, args, item, errors),
        Attribute::Test => entry::read(EntryKind::Test, args, item, errors),
        Attribute::Endpoint
        | Attribute::Client
        | Attribute::OnStart
        | Attribute::OnStop
        | Attribute::Health
        | Attribute::Subscribe => stray::read(attribute, item, errors),
    }
}
