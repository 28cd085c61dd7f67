use super::*;

fn wanted(host: Option<&str>, advertise: Option<&str>) -> ListenSettings {
    let (host, advertise) = (host.map(str::to_owned), advertise.map(str::to_owned));
    ListenSettings {
        variable: "HOST",
        host,
        port: 0,
        advertise_variable: "ADVERTISE",
        advertise,
        names_allowed: false,
    }
}

async fn advertised_by(wanted: &ListenSettings) -> Result<String> {
    let config = Config::builder().build()?;
    listen(&config, wanted).await.map(|bound| bound.advertised)
}

#[tokio::test]
async fn nothing_set_is_loopback_with_the_real_port() {
    let bound = listen(&Config::builder().build().unwrap(), &wanted(None, None)).await.unwrap();
    assert_eq!(bound.advertised, bound.listener.0.local_addr().unwrap().to_string());
    assert!(bound.advertised.starts_with("127.0.0.1:"));
}

#[tokio::test]
async fn listening_everywhere_never_advertises_everywhere() {
    assert!(advertised_by(&wanted(Some("0.0.0.0"), None)).await.unwrap().starts_with("127.0.0.1:"));
    let error = advertised_by(&wanted(None, Some("0.0.0.0:1"))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Invalid, "ADVERTISE=0.0.0.0:1: an unspecified address cannot be advertised")
    );
}

#[tokio::test]
async fn another_address_can_be_advertised() {
    assert_eq!(advertised_by(&wanted(None, Some("192.0.2.7:99"))).await.unwrap(), "192.0.2.7:99");
    assert!(advertised_by(&wanted(None, Some("192.0.2.7"))).await.unwrap().starts_with("192.0.2.7:"));
    assert_eq!(advertised_by(&wanted(None, Some("[2001:db8::1]:99"))).await.unwrap(), "[2001:db8::1]:99");
    assert_eq!(advertised_by(&wanted(None, Some("proxy:99"))).await.unwrap_err().kind(), ErrorKind::Invalid);
    let names = ListenSettings { names_allowed: true, ..wanted(None, Some("proxy:99")) };
    assert_eq!(advertised_by(&names).await.unwrap(), "proxy:99");
}

#[tokio::test]
async fn an_interface_is_found_by_its_name_and_a_wrong_one_is_an_error() {
    let error = advertised_by(&wanted(Some("nosuch0"), None)).await.unwrap_err();
    assert!(
        error.to_string().starts_with("HOST=nosuch0: neither an IP address nor an interface; there are "),
        "{error}"
    );
    let names: Vec<String> =
        if_addrs::get_if_addrs().unwrap().into_iter().filter(|i| i.is_loopback()).map(|i| i.name).collect();
    assert!(advertised_by(&wanted(Some(&names[0]), None)).await.unwrap().starts_with("127."));
}
