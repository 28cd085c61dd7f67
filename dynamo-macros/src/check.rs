//! The rules between several items. What breaks one is reported and left out of the code; the model stays as
//! it is.

mod endpoint_names;
mod listeners;
mod reserved;
mod wire_types;

use crate::errors::Errors;
use crate::model::Model;
use crate::model::block::Block;
use crate::model::contract::Contract;
use crate::model::omitted::Omitted;

/// Checks a model. The result lists what the code leaves out.
pub(crate) fn check(model: &Model, errors: &mut Errors) -> Omitted {
    let mut omitted = Omitted::default();
    match model {
        Model::Block(model) => block(model, &mut omitted, errors),
        Model::Contract(model) => contract(model, &mut omitted, errors),
        Model::Component(_) | Model::Node(_) | Model::Entry(_) => {}
    }
    omitted
}

fn block(block: &Block, omitted: &mut Omitted, errors: &mut Errors) {
    omitted.hooks = listeners::duplicate_hooks(&block.hooks, errors);
    omitted.subscriptions = listeners::duplicate_subscriptions(&block.subscriptions, errors);
    let client = block.client.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    reserved::check(&client, &block.endpoints, omitted, errors);
    endpoint_names::check(&block.endpoints, omitted, errors);
    wire_types::of_block(block, omitted, errors);
}

fn contract(contract: &Contract, omitted: &mut Omitted, errors: &mut Errors) {
    wire_types::of_contract(contract, omitted, errors);
    reserved::check(&contract.component.client.to_string(), &contract.endpoints, omitted, errors);
    endpoint_names::check(&contract.endpoints, omitted, errors);
}
