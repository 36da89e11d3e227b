//! Which addresses a name may lead to: a partner's name that suddenly means a machine of the house, or the cloud's own
//! metadata service, gets nothing. The definition may say otherwise, in words or by writing the address itself.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use url::{Host, Url};

/// A name that leads to private addresses alone.
#[derive(Debug, thiserror::Error)]
#[error("{name} leads to {address}, an address of a private network")]
pub(crate) struct PrivateAddress {
    name: String,
    address: IpAddr,
}

/// Does the url itself say that it is an address, or this machine?
pub(crate) fn is_written(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Not of the public internet: this machine, private and shared networks, links, groups, what is reserved.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    a == 0 // this network
        || a == 127 // this machine
        || a == 10
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 100 && (64..128).contains(&b)) // shared by providers
        || (a == 169 && b == 254) // links; metadata of clouds
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)) // tests of networks
        || a >= 224 // groups, reserved, everybody
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let part = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    match part {
        // unspecified, this machine, and IPv4 in the two old ways
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => inner(high, low),
        // translated to IPv4 (NAT64, also within a site), tunnelled in it (6to4)
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x64, 0xff9b, 1, ..] => true,
        [0x2002, high, low, ..] => inner(high, low),
        [first, ..] => first & 0xfe00 == 0xfc00 || first & 0xff80 == 0xfe80 || first & 0xff00 == 0xff00,
    }
}

/// Looks names up as the system does, and passes on the addresses that a channel may use.
#[derive(Clone, Copy)]
pub(crate) struct Guard {
    /// All of them.
    pub(crate) private: bool,
    pub(crate) look_up: LookUp,
}

pub(crate) type LookUp = fn(String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

impl Guard {
    pub(crate) fn of(url: &Url, private: bool) -> Self {
        Self { private: private || is_written(url), look_up: by_system }
    }
}

fn by_system(name: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { private, look_up } = *self;
        Box::pin(async move {
            let mut found = look_up(name.as_str().to_owned()).await?;
            let first = found.first().map(SocketAddr::ip);
            found.retain(|address| private || !is_private(address.ip()));
            match first {
                Some(address) if found.is_empty() => {
                    Err(PrivateAddress { name: name.as_str().to_owned(), address }.into())
                }
                _ => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_all_their_clothes() {
        for private in [
            "127.0.0.1",
            "127.8.9.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.0.1",
            "0.0.0.0",
            "192.0.0.170",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fd00::1",
            "fc00::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "::127.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "169.253.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "223.1.1.1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn only_a_written_address_or_localhost_speaks_for_itself() {
        for (url, written) in [
            ("http://127.0.0.1/", true),
            ("http://0x7f.1/", true),
            ("http://[fd00::1]/", true),
            ("https://localhost:8443/", true),
            ("https://localhost.example/", false),
            ("https://intranet/", false),
        ] {
            assert_eq!(is_written(&url.parse().unwrap()), written, "{url}");
        }
    }

    fn rebound(_: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> {
        Box::pin(async { Ok(vec!["169.254.169.254:0".parse().unwrap(), "[::1]:0".parse().unwrap()]) })
    }

    fn mixed(_: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> {
        Box::pin(async { Ok(vec!["10.0.0.1:0".parse().unwrap(), "192.0.2.7:0".parse().unwrap()]) })
    }

    #[tokio::test]
    async fn a_name_leads_to_public_addresses_alone_unless_the_channel_says_so() {
        let name = || "partner.example".parse().unwrap();
        let refused = Guard { private: false, look_up: rebound }.resolve(name()).await.err().unwrap();
        let said = refused.downcast_ref::<PrivateAddress>().unwrap().to_string();
        assert!(said.contains("partner.example leads to 169.254.169.254"), "{said}");
        let all = Guard { private: true, look_up: rebound }.resolve(name()).await.unwrap();
        assert_eq!(all.count(), 2);
        let left: Vec<_> = Guard { private: false, look_up: mixed }.resolve(name()).await.unwrap().collect();
        assert_eq!(left, ["192.0.2.7:0".parse().unwrap()]);
    }

    #[tokio::test]
    async fn the_client_names_the_private_address_as_the_reason() {
        crate::web::trust::install_provider();
        let guard = Guard { private: false, look_up: rebound };
        let client = reqwest::Client::builder().dns_resolver(guard).no_proxy().build().unwrap();
        let error = client.get("http://partner.example/").send().await.unwrap_err();
        let found = crate::web::answer::cause::<PrivateAddress>(&error);
        assert!(found.is_some(), "{error:?}");
    }
}
