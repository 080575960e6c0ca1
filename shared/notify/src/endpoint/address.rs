//! Which resolved addresses are connected to: those of the Internet. Whoever can write a webhook could else reach what only the function can, its
//! credentials first of all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// Whether the policy lets a channel lie in a private network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Private {
    /// It does not.
    Refused,
    /// It does. Loopback, link-local and metadata addresses are refused all the same: no channel lives there.
    Allowed,
}

/// Why an address is not connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the host has the address {ip}, which is {what}: name a host of the Internet")]
pub struct UnfitIp {
    /// The address.
    pub ip: IpAddr,
    /// What it is.
    pub what: &'static str,
}

/// Nothing, if this address may be connected to. Ask for every address that the name resolves to, and connect to those.
///
/// # Errors
/// What is not of the Internet (IANA special-purpose address registries), or leads to such an address by a translation.
pub fn refused(ip: IpAddr, private: Private) -> Result<(), UnfitIp> {
    let what = match ip {
        IpAddr::V4(ip) => of_v4(ip, private),
        IpAddr::V6(ip) => of_v6(ip, private),
    };
    what.map_or(Ok(()), |what| Err(UnfitIp { ip, what }))
}

fn of_v4(ip: Ipv4Addr, private: Private) -> Option<&'static str> {
    let [first, second, third, _] = ip.octets();
    match (first, second, third) {
        (127, ..) => Some("of the machine itself"),
        // 169.254.169.254 is the metadata service, 169.254.170.2 that of ECS.
        (169, 254, _) => Some("link-local, as the metadata service is"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => private.word("private"),
        (100, 64..=127, _) => private.word("of a carrier's own network"),
        (0, ..) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => {
            Some("reserved")
        }
        (224.., ..) => Some("no address of one host"),
        _ => None,
    }
}

fn of_v6(ip: Ipv6Addr, private: Private) -> Option<&'static str> {
    let parts = ip.segments();
    let last = || v4(parts[6], parts[7]);
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Some("of the machine itself"),
        // An IPv4 address in other clothes: mapped, compatible, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => of_v4(last(), private),
        [0x2002, high, low, ..] => of_v4(v4(high, low), private),
        [0xfe80..=0xfebf, ..] => Some("link-local, as the metadata service is"),
        // fd00:ec2::254 is the metadata service, fd00:ec2::23 that of EKS.
        [0xfd00, 0x0ec2, ..] => Some("the metadata service's"),
        [0xfc00..=0xfdff, ..] => private.word("private"),
        // Teredo, documentation, and all that is not of the Internet.
        [0x2001, 0 | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Some("reserved"),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

impl Private {
    fn word(self, what: &'static str) -> Option<&'static str> {
        match self {
            Private::Refused => Some(what),
            Private::Allowed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(ip: &str, private: Private) -> bool {
        refused(ip.parse().unwrap(), private).is_err()
    }

    #[test]
    fn only_addresses_of_the_internet_are_connected_to() {
        let inside = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "169.254.170.2",
            "192.0.0.170",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:a9fe:a9fe::1",
            "2002:7f00:1::",
            "2001:0:1::1",
            "2001:db8::1",
            "fc00::1",
            "fdff::1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
            "4000::1",
        ];
        for ip in inside {
            assert!(refuses(ip, Private::Refused), "{ip}");
        }
        let outside = [
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.0.1",
            "223.255.255.255",
            "2600:1f18::1",
            "2a05:d018::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ];
        for ip in outside {
            assert!(!refuses(ip, Private::Refused), "{ip}");
        }
    }

    #[test]
    fn a_private_network_may_be_allowed_and_nothing_else() {
        for ip in ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1"] {
            assert!(!refuses(ip, Private::Allowed), "{ip}");
        }
        for ip in ["127.0.0.1", "::1", "169.254.169.254", "fd00:ec2::254", "fe80::1", "::ffff:127.0.0.1"] {
            assert!(refuses(ip, Private::Allowed), "{ip}");
        }
    }
}
