//! Which names a request may be sent to.

use axum::http::HeaderMap;
use axum::http::header::HOST;

use super::is_for_this_machine;

fn headers(host: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().unwrap());
    headers
}

#[test]
fn only_names_of_this_machine_are_served() {
    for host in
        ["localhost", "localhost:8480", "127.0.0.1:8480", "127.8.8.8", "[::1]:8480", "[::1]"]
    {
        assert!(is_for_this_machine(&headers(host)), "{host}");
    }
    let others = [
        "example.no",
        "example.no:8480",
        "localhost.example.no",
        "10.0.0.1",
        "[2001:db8::1]:8480",
        "",
        "127.0.0.1@example.no",
    ];
    for host in others {
        assert!(!is_for_this_machine(&headers(host)), "{host}");
    }
    assert!(!is_for_this_machine(&HeaderMap::new()));
}
