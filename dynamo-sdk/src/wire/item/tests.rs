use serde_json::{Value, json};

use super::*;
use crate::error::endpoint::class::{ErrorClass, Reason};

const CODECS: [Codec; 2] = [Codec::Json, Codec::MsgPack];

/// Decodes the same body in both codecs, which must agree.
fn read<T: DeserializeOwned + PartialEq + fmt::Debug>(body: &Value) -> Result<Received<T>, CodecError> {
    let [json, msgpack] = CODECS.map(|codec| decode(codec, &codec.encode(body).unwrap()));
    match (&json, &msgpack) {
        (Ok(json), Ok(msgpack)) => assert_eq!(json, msgpack),
        (json, msgpack) => assert!(json.is_err() && msgpack.is_err(), "{body}"),
    }
    json
}

fn item<T: DeserializeOwned + PartialEq + fmt::Debug>(item: &Value) -> Item<T> {
    let received = read(&json!({"data": item, "complete_final": false})).unwrap();
    let Received::Item(item) = received else { panic!("{received:?}") };
    item
}

#[test]
fn items_and_the_end_are_written_as_dynamo_writes_them() {
    let mut buf = BytesMut::new();
    put_data(Codec::Json, &json!({"i": 0}), &mut buf).unwrap();
    assert_eq!(&buf[..], br#"{"data":{"data":{"i":0}},"complete_final":false}"#);
    buf.clear();
    put_final(Codec::Json, &mut buf).unwrap();
    assert_eq!(&buf[..], br#"{"complete_final":true}"#);
    buf.clear();
    put_final(Codec::MsgPack, &mut buf).unwrap();
    assert_eq!(&buf[..], b"\x81\xaecomplete_final\xc3");
    buf.clear();
    put_data(Codec::MsgPack, &(), &mut buf).unwrap();
    assert_eq!(&buf[..], b"\x82\xa4data\x81\xa4data\xc0\xaecomplete_final\xc2");
}

#[test]
fn what_is_written_is_read() {
    for codec in CODECS {
        let mut buf = BytesMut::new();
        put_data(codec, &[1_u64, u64::MAX], &mut buf).unwrap();
        assert_eq!(decode::<Vec<u64>>(codec, &buf).unwrap(), Received::Item(Item::Data(vec![1, u64::MAX])));
        let error = EndpointError::not_found("no").caused_by(EndpointError::panicked("why"));
        buf.clear();
        put_error(codec, &error, &mut buf).unwrap();
        assert_eq!(decode::<u64>(codec, &buf).unwrap(), Received::Item(Item::Error(error)));
        buf.clear();
        put_final(codec, &mut buf).unwrap();
        assert_eq!(decode::<u64>(codec, &buf).unwrap(), Received::End(None));
    }
}

#[test]
fn the_last_wrapper_may_carry_an_item() {
    let last = read::<u64>(&json!({"complete_final": true, "data": {"data": 5}})).unwrap();
    assert_eq!(last, Received::End(Some(Item::Data(5))));
    let last = read::<u64>(&json!({"complete_final": true, "data": null})).unwrap();
    assert_eq!(last, Received::End(None));
}

#[test]
fn a_wrapper_without_anything_is_empty() {
    for body in [json!({"complete_final": false}), json!({}), json!({"data": null, "complete_final": null})] {
        assert_eq!(read::<u64>(&body).unwrap(), Received::Empty);
    }
}

#[test]
fn no_data_is_a_value_for_types_that_have_one() {
    for annotated in [json!({}), json!({"data": null}), json!({"comment": ["alive"], "id": "7"})] {
        assert_eq!(item::<()>(&annotated), Item::Data(()));
        assert_eq!(item::<Option<u64>>(&annotated), Item::Data(None));
        assert_eq!(item::<Value>(&annotated), Item::Data(Value::Null));
        assert_eq!(item::<u64>(&annotated), Item::Nothing);
        assert_eq!(item::<Vec<u64>>(&annotated), Item::Nothing);
    }
}

#[test]
fn only_the_event_makes_an_item_an_error() {
    let annotated = json!({"data": 1, "event": "progress", "error": {"message": "not looked at"}});
    assert_eq!(item::<u64>(&annotated), Item::Data(1));
    assert_eq!(item::<u64>(&json!({"data": 1, "error": "not an object"})), Item::Data(1));
}

#[test]
fn the_short_forms_of_an_error_are_understood() {
    let message = |annotated| match item::<u64>(&annotated) {
        Item::Error(error) => {
            assert_eq!(error.class(), ErrorClass::Internal);
            error.message().to_owned()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(message(json!({"event": "error", "error": {"message": "only a message"}})), "only a message");
    assert_eq!(message(json!({"event": "error", "comment": ["old", "style"]})), "old, style");
    assert_eq!(message(json!({"error": null, "comment": ["a"], "data": null, "event": "error"})), "a");
    assert_eq!(message(json!({"event": "error"})), "the endpoint failed without an error message");
}

#[test]
fn an_error_is_read_whatever_the_type_of_the_data_is() {
    let failure =
        json!({"event": "error", "error": {"class": "Unavailable", "reason": "backend.engine_shutdown"}});
    let Item::Error(error) = item::<()>(&failure) else { panic!("not an error") };
    assert_eq!(error.reason(), Reason::BackendEngineShutdown);
}

#[test]
fn what_is_not_a_map_is_not_an_item() {
    for body in [json!(5), json!([{"data": 5}, false]), json!({"data": 5}), json!({"data": [5]}), json!("x")]
    {
        assert!(read::<u64>(&body).is_err(), "{body}");
    }
    assert!(read::<u64>(&json!({"data": {"data": "five"}})).is_err());
}

#[test]
fn keys_that_are_not_known_are_passed_over() {
    let body = json!({"new": {"a": [1]}, "data": {"x": 1, "data": 5, "id": {"not": "text"}}, "complete_final": false});
    assert_eq!(read::<u64>(&body).unwrap(), Received::Item(Item::Data(5)));
}
