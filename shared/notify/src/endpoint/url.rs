//! Whether an address may be posted to, before its name is resolved. The address is a secret: no error quotes it.

use std::net::IpAddr;

use thiserror::Error;
use url::{Host, Url};

use super::address::{Private, UnfitIp, refused};

/// Why an address is not posted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnfitAddress {
    /// It cannot be read.
    #[error("this is no address: write one that begins with https:// and has a host")]
    Unreadable,
    /// Everybody on the way would read it.
    #[error("this address is not encrypted: write one that begins with https://")]
    NotHttps,
    /// Clients send, log and redirect these in different ways.
    #[error("this address has a user or a password in it: write it without")]
    Credentials,
    /// It is a number that may not be reached.
    #[error(transparent)]
    Ip(#[from] UnfitIp),
}

/// An address that may be posted to, once [`refused`] says nothing against what its name resolves to. Spaces and line breaks around it are left away.
///
/// # Errors
/// What is no address of HTTPS, has credentials in it, or is the number of a host that is not of the Internet.
pub fn checked(address: &str) -> Result<Url, UnfitAddress> {
    let url = Url::parse(address.trim()).map_err(|_| UnfitAddress::Unreadable)?;
    if url.scheme() != "https" {
        return Err(UnfitAddress::NotHttps);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UnfitAddress::Credentials);
    }
    match url.host().ok_or(UnfitAddress::Unreadable)? {
        Host::Domain(_) => {}
        Host::Ipv4(ip) => refused(IpAddr::V4(ip), Private::Refused)?,
        Host::Ipv6(ip) => refused(IpAddr::V6(ip), Private::Refused)?,
    }
    Ok(url)
}
