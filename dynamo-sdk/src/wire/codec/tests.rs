use std::error::Error as _;
use std::net::IpAddr;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i64,
    label: Option<String>,
}

/// Fails after serializing its first field.
struct Broken;

impl Serialize for Broken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeSeq};
        let mut seq = serializer.serialize_seq(Some(2))?;
        seq.serialize_element(&1)?;
        Err(S::Error::custom("broken on purpose"))
    }
}

#[test]
fn a_struct_is_a_map_with_names_in_both_codecs() {
    let point = Point { x: 3, label: None };
    assert_eq!(&Codec::Json.encode(&point).unwrap()[..], br#"{"x":3,"label":null}"#);
    assert_eq!(&Codec::MsgPack.encode(&point).unwrap()[..], b"\x82\xa1x\x03\xa5label\xc0");
    for codec in [Codec::Json, Codec::MsgPack] {
        let bytes = codec.encode(&point).unwrap();
        assert_eq!(codec.decode::<Point>(&bytes).unwrap(), point);
    }
}

#[test]
fn the_extremes_of_integers_survive_in_their_shortest_form() {
    for codec in [Codec::Json, Codec::MsgPack] {
        for n in [u64::MAX, 0, 127, 128, 1 << 40] {
            assert_eq!(codec.decode::<u64>(&codec.encode(&n).unwrap()).unwrap(), n);
        }
        assert_eq!(codec.decode::<i64>(&codec.encode(&i64::MIN).unwrap()).unwrap(), i64::MIN);
    }
    assert_eq!(&Codec::MsgPack.encode(&5_u64).unwrap()[..], b"\x05");
    assert_eq!(&Codec::MsgPack.encode(&200_i64).unwrap()[..], b"\xcc\xc8");
}

#[test]
fn an_address_is_text_in_both_codecs() {
    let address = IpAddr::from([127, 0, 0, 1]);
    assert_eq!(&Codec::MsgPack.encode(&address).unwrap()[..], b"\xa9127.0.0.1");
    assert_eq!(Codec::MsgPack.decode::<IpAddr>(b"\xa9127.0.0.1").unwrap(), address);
}

#[test]
fn json_has_no_nan_and_says_null() {
    assert_eq!(&Codec::Json.encode(&f64::NAN).unwrap()[..], b"null");
    let bytes = Codec::MsgPack.encode(&f64::NAN).unwrap();
    assert!(Codec::MsgPack.decode::<f64>(&bytes).unwrap().is_nan());
}

#[test]
fn bytes_after_the_value_are_an_error() {
    assert!(Codec::Json.decode::<u64>(b"1 2").is_err());
    assert!(Codec::Json.decode::<u64>(b"1 \n").is_ok());
    for tail in [&b"\xc0"[..], b"\x92", b"\xc1", b"\xd9", b"\x02", b"\x81\xa1a"] {
        let bytes = [b"\x01", tail].concat();
        let error = Codec::MsgPack.decode::<u64>(&bytes).unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), "trailing bytes after the value", "{tail:x?}");
    }
    assert_eq!(Codec::MsgPack.decode::<u64>(b"\x01").unwrap(), 1);
    assert_eq!(Codec::MsgPack.decode::<Option<u64>>(b"\xc0").unwrap(), None);
}

#[test]
fn a_failed_encoding_leaves_the_buffer_as_it_was() {
    for codec in [Codec::Json, Codec::MsgPack] {
        let mut buf = BytesMut::from(&b"before"[..]);
        let error = codec.encode_into(&Broken, &mut buf).unwrap_err();
        assert_eq!(&buf[..], b"before");
        assert_eq!(error.to_string(), format!("cannot encode the value as {codec}"));
        assert!(error.source().unwrap().to_string().contains("broken on purpose"));
    }
}

#[test]
fn nesting_is_limited_to_what_a_stack_carries() {
    let deep = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
    assert!(Codec::MsgPack.decode::<serde_json::Value>(&deep(100)).is_ok());
    assert!(Codec::MsgPack.decode::<serde_json::Value>(&deep(200)).is_err());
    let json = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Codec::Json.decode::<serde_json::Value>(json(100).as_bytes()).is_ok());
    assert!(Codec::Json.decode::<serde_json::Value>(json(200).as_bytes()).is_err());
}

#[test]
fn the_name_is_the_same_everywhere() {
    for codec in [Codec::Json, Codec::MsgPack] {
        assert_eq!(codec.to_string().parse::<Codec>().unwrap(), codec);
        assert_eq!(serde_json::to_value(codec).unwrap(), codec.as_str());
    }
    let error = "cbor".parse::<Codec>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("\"cbor\""));
}

/// Another crate of the program may change that with a feature; this one does not.
#[test]
fn numbers_are_numbers_in_both_codecs() {
    assert!(!Codec::MsgPack.changes_numbers() && !Codec::Json.changes_numbers());
}
