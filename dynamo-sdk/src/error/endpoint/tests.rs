use std::error::Error as _;

use super::*;
use crate::error::call::CallError;
use crate::error::{BoxError, Error, ErrorKind};

#[test]
fn the_default_reason_of_a_class_belongs_to_it() {
    for &class in ErrorClass::ALL {
        assert_eq!(Reason::of(class).class(), class);
        assert_eq!(ErrorClass::parse(class.as_str()), Some(class));
    }
    assert_eq!(ErrorClass::ALL.len(), 15);
}

#[test]
fn every_reason_is_found_by_its_name() {
    for &reason in Reason::ALL {
        assert_eq!(Reason::parse(reason.as_str()), Some(reason));
    }
    assert_eq!(Reason::ALL.len(), 34);
    assert_eq!(Reason::parse("request.strange"), None);
}

#[test]
fn a_reason_brings_its_class() {
    let error = EndpointError::internal("gone").with_reason(Reason::BackendEngineShutdown);
    assert_eq!(error.class(), ErrorClass::Unavailable);
    assert_eq!(error.reason(), Reason::BackendEngineShutdown);
}

#[test]
fn display_is_one_level_and_the_cause_is_the_source() {
    let error = EndpointError::unavailable("no store").caused_by(EndpointError::deadline_exceeded("5 s"));
    assert_eq!(error.to_string(), "Unavailable: no store");
    assert_eq!(error.source().unwrap().to_string(), "DeadlineExceeded: 5 s");
    assert_eq!(error.cause().unwrap().message(), "5 s");
}

#[test]
fn a_boxed_error_becomes_internal_with_its_chain_as_message() {
    let error = Error::new(ErrorKind::Unreachable, "cannot load").with_source("disk on fire");
    let error = EndpointError::from(BoxError::from(error));
    assert_eq!(error.class(), ErrorClass::Internal);
    assert_eq!(error.message(), "cannot load: disk on fire");
}

#[test]
fn a_boxed_endpoint_error_stays_what_it_is() {
    let error = EndpointError::conflict("twice").with_public(PublicDetail::message("try another name"));
    assert_eq!(EndpointError::from(BoxError::from(error.clone())), error);
    let call = CallError::from(error.clone());
    assert_eq!(EndpointError::from(BoxError::from(call)), error);
}

#[test]
fn only_a_refusal_tells_that_nothing_ran() {
    let refused = EndpointError::refused(ErrorClass::Unavailable, "draining");
    assert!(refused.certainly_did_not_run());
    assert!(!refused.is_panic());
    assert!(CallError::from(refused).is_safe_to_retry());
    let panicked = EndpointError::panicked("index out of bounds");
    assert!(panicked.is_panic());
    assert!(!panicked.certainly_did_not_run());
    assert!(!CallError::from(EndpointError::unavailable("draining")).is_safe_to_retry());
}

#[test]
fn a_refusal_that_a_handler_passes_on_is_no_longer_one() {
    let refused = EndpointError::refused(ErrorClass::Unavailable, "draining");
    let passed_on = EndpointError::from(CallError::from(refused));
    assert!(!passed_on.certainly_did_not_run());
    assert_eq!(passed_on, EndpointError::unavailable("draining"));
}
