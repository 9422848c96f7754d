//! Which texts are addresses that a member can be dialled at.

use super::*;

fn check(text: &str, expected: Result<(), AddressError>) {
    assert_eq!(check_address(text), expected, "{text}");
}

#[test]
fn tcp_on_an_ip_address_or_a_name_is_an_address() {
    check("/ip4/192.0.2.1/tcp/4510", Ok(()));
    check("/ip6/2001:db8::1/tcp/4510", Ok(()));
    check("/dns4/node.example.org/tcp/4510", Ok(()));
    check("/dns6/node.example.org/tcp/4510", Ok(()));
}

#[test]
fn anything_else_is_refused_by_name() {
    check("", Err(AddressError::Unsupported));
    check("192.0.2.1:4510", Err(AddressError::Malformed));
    check("/ip4/192.0.2.1", Err(AddressError::Unsupported));
    check("/ip4/192.0.2.1/udp/4510/quic-v1", Err(AddressError::Unsupported));
    check("/ip4/192.0.2.1/tcp/4510/ws", Err(AddressError::Unsupported));
    check("/dnsaddr/node.example.org", Err(AddressError::Unsupported));
    check("/unix/tmp%2fsocket", Err(AddressError::Unsupported));
}

#[test]
fn an_address_must_not_name_a_peer() {
    let peer = "12D3KooWKRyzVWW6ChFjQjK4miCty85Niy48tpPV95XdKu1BcvMA";
    check(&format!("/ip4/192.0.2.1/tcp/4510/p2p/{peer}"), Err(AddressError::NamesPeer));
    check(&format!("/p2p/{peer}"), Err(AddressError::NamesPeer));
}

#[test]
fn an_address_leads_to_a_socket_or_to_a_name() {
    let check = |text: &str, expected| assert_eq!(place(text), expected, "{text}");
    check("/ip4/192.0.2.1/tcp/4510", Ok(Place::Socket("192.0.2.1:4510".parse().unwrap())));
    check("/ip6/2001:db8::1/tcp/4510", Ok(Place::Socket("[2001:db8::1]:4510".parse().unwrap())));
    for (kind, family) in [("dns4", Family::Four), ("dns6", Family::Six)] {
        let host = "node.example.org".to_owned();
        let expected = Place::Name { host, port: 4510, family };
        check(&format!("/{kind}/node.example.org/tcp/4510"), Ok(expected));
    }
    check("/dnsaddr/node.example.org", Err(AddressError::Unsupported));
}
