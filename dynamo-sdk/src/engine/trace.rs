//! The trace context of a request, and which header values are valid.
//!
//! The rules are those of W3C Trace Context (Recommendation of 23 November 2021, sections 3.2 and 3.3).
//! Invalid values set by a caller are rejected, because they are programming errors. Invalid values
//! received from another process are ignored, as the recommendation demands: tracing is no reason to
//! fail a request.

#[cfg(any(feature = "_network", test))]
mod received;

use crate::error::BoxError;

/// Maximum number of `tracestate` entries (section 3.3.1.1).
const MAX_MEMBERS: usize = 32;
/// Maximum length of an entry's key and of its value (sections 3.3.1.3.1 and 3.3.1.3.2).
const MAX_PART: usize = 256;
/// Maximum length of `x-request-id`, in bytes. An SDK limit, so that it fits into a header beside the
/// others.
const MAX_REQUEST_ID: usize = 1024;

/// The trace context of a request, as carried by its headers (docs/wire/headers.md#trace-context).
///
/// A handler reads it from [`Context::trace`](crate::engine::context::Context::trace); the calls that it
/// makes propagate it unchanged. Gateways and tracing libraries with their own spans set it for one call
/// with `.trace(…)`, or for all calls of a request with
/// [`ChildContext::trace`](crate::engine::context::child::ChildContext::trace):
///
/// ```
/// use dynamo_sdk::engine::Trace;
///
/// let trace = Trace {
///     traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
///     tracestate: Some("vendor=opaque".into()),
///     ..Trace::default()
/// };
/// assert!(trace.check().is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// W3C `traceparent`: version, trace id, id of the caller's span, flags.
    pub traceparent: Option<String>,
    /// W3C `tracestate`: vendor-specific data. Ignored without a `traceparent`.
    pub tracestate: Option<String>,
    /// A human-readable request identifier: at most 1024 bytes without control characters. If unset in a
    /// call made by a handler, it defaults to the id of the handler's request.
    pub x_request_id: Option<String>,
}

impl Trace {
    /// Checks that every header value is valid.
    ///
    /// # Errors
    /// Names the invalid header and the reason.
    pub fn check(&self) -> Result<(), BoxError> {
        if let Some(parent) = &self.traceparent
            && let Err(why) = check_parent(parent)
        {
            return Err(format!("traceparent {parent:?}: {why}").into());
        }
        if let Some(state) = &self.tracestate {
            if self.traceparent.is_none() {
                return Err("tracestate requires a traceparent".into());
            }
            check_state(state).map_err(|why| format!("tracestate {state:?}: {why}"))?;
        }
        if let Some(id) = &self.x_request_id {
            check_request_id(id).map_err(|why| format!("x-request-id: {why}"))?;
        }
        Ok(())
    }

    /// Fills unset values from `base`. The two W3C headers are replaced together.
    pub(crate) fn over(self, base: Self) -> Self {
        let x_request_id = self.x_request_id.or(base.x_request_id);
        let (traceparent, tracestate) = match self.traceparent {
            Some(parent) => (Some(parent), self.tracestate),
            None => (base.traceparent, base.tracestate),
        };
        Self { traceparent, tracestate, x_request_id }
    }
}

/// Format: `version "-" trace-id "-" parent-id "-" flags` in lower-case hex; versions after 00 may be
/// longer (section 3.2.4).
fn check_parent(text: &str) -> Result<(), &'static str> {
    let hex = |part: &str, len: usize| {
        part.len() == len && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut parts = text.splitn(5, '-');
    let mut part = || parts.next().unwrap_or_default();
    let (version, trace, parent, flags) = (part(), part(), part(), part());
    if !(hex(version, 2) && hex(trace, 32) && hex(parent, 16) && hex(flags, 2)) {
        return Err("expected lower-case hex digits grouped <2>-<32>-<16>-<2>");
    }
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return Err("unknown version, or trailing fields in version 00");
    }
    if text.len() > 1024 || text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("too long, or contains control characters");
    }
    if trace.bytes().all(|byte| byte == b'0') || parent.bytes().all(|byte| byte == b'0') {
        return Err("the trace id and the parent id must not be all zeros");
    }
    Ok(())
}

/// Format: comma-separated `key "=" value`; entries may be empty.
fn check_state(text: &str) -> Result<(), &'static str> {
    let members = text.split(',').map(|member| member.trim_matches([' ', '\t']));
    let mut count = 0;
    for member in members.filter(|member| !member.is_empty()) {
        count += 1;
        let Some((key, value)) = member.split_once('=') else { return Err("an entry lacks `=`") };
        let first = key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let rest = key.bytes().all(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@')
        });
        if !first || !rest || key.len() > MAX_PART {
            return Err("an entry has an invalid key");
        }
        let printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=');
        if value.is_empty() || !printable || value.len() > MAX_PART {
            return Err("an entry has an invalid value");
        }
    }
    if count > MAX_MEMBERS { Err("more than 32 entries") } else { Ok(()) }
}

fn check_request_id(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_REQUEST_ID {
        Err("exceeds 1024 bytes")
    } else if text.chars().any(char::is_control) {
        Err("contains a control character")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn of(parent: &str, state: Option<&str>) -> Trace {
        Trace { traceparent: Some(parent.into()), tracestate: state.map(Into::into), x_request_id: None }
    }

    #[test]
    fn a_valid_traceparent_is_taken_by_both_sides() {
        let later = format!("cc{}-more", &PARENT[2..]);
        for good in [PARENT, &PARENT.replace("-01", "-00"), &format!("cc{}", &PARENT[2..]), &later] {
            assert!(of(good, None).check().is_ok(), "{good}");
            assert_eq!(Trace::received(Some(good), None, None).traceparent.as_deref(), Some(good));
        }
    }

    #[test]
    fn an_invalid_traceparent_is_refused_here_and_passed_over_from_there_with_its_state() {
        for bad in [
            "",
            "garbage",
            &PARENT.to_uppercase(),
            &PARENT[..54],
            &format!("{PARENT}-00"),
            &format!("ff{}", &PARENT[2..]),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            let error = of(bad, None).check().unwrap_err().to_string();
            assert!(error.starts_with("traceparent "), "{error}");
            let left = Trace::received(Some(bad), Some("a=1"), Some("r"));
            assert_eq!(left, Trace { x_request_id: Some("r".into()), ..Trace::default() }, "{bad}");
        }
    }

    #[test]
    fn an_invalid_tracestate_costs_itself_only() {
        let many = (0..33).map(|i| format!("k{i}=v")).collect::<Vec<_>>().join(",");
        for good in ["", "a=1", "a=1,b@c=x y", " a=1 ,, b=2\t", &many[..many.len() - 6]] {
            assert!(of(PARENT, Some(good)).check().is_ok(), "{good}");
        }
        for bad in ["a", "A=1", "=1", "a=", "a=b=c", "-a=1", "a=\u{e9}", "a=\u{7}", &many] {
            assert!(of(PARENT, Some(bad)).check().is_err(), "{bad}");
            let left = Trace::received(Some(PARENT), Some(bad), None);
            assert_eq!(left, of(PARENT, None), "{bad}");
        }
        let alone = Trace { tracestate: Some("a=1".into()), ..Trace::default() };
        assert_eq!(alone.check().unwrap_err().to_string(), "tracestate requires a traceparent");
    }

    #[test]
    fn a_request_id_is_any_text_of_one_line() {
        for (id, good) in [("free text, \u{e9}", true), ("two\nlines", false), (&*"x".repeat(1025), false)] {
            let trace = Trace { x_request_id: Some(id.into()), ..Trace::default() };
            assert_eq!(trace.check().is_ok(), good);
            assert_eq!(Trace::received(None, None, Some(id)).x_request_id.is_some(), good);
        }
    }

    #[test]
    fn the_w3c_headers_are_replaced_together() {
        let base = Trace { x_request_id: Some("r".into()), ..of(&PARENT.replace("-01", "-00"), Some("a=1")) };
        let over = of(PARENT, None).over(base.clone());
        assert_eq!(over, Trace { x_request_id: Some("r".into()), ..of(PARENT, None) });
        assert_eq!(Trace::default().over(base.clone()), base);
    }
}
