//! stub
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// J
    Json,
    /// M
    MsgPack,
}
impl std::fmt::Display for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            _ => "msgpack",
        })
    }
}
impl std::str::FromStr for Codec {
    type Err = crate::Error;
    fn from_str(s: &str) -> Result<Self, crate::Error> {
        match s {
            "json" => Ok(Self::Json),
            "msgpack" => Ok(Self::MsgPack),
            _ => Err(crate::Error::new(crate::ErrorKind::Invalid, "codec")),
        }
    }
}
