//! A host that a guarded route claims: whoever names it reaches the API behind it and never the management interface, and whoever names
//! it together with another is refused, wherever the names stand.

use super::installation::{AUDIENCE, Installation, Node};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The status and the rest of the answer to one message.
async fn ask(node: &Node, head: &str) -> (String, String) {
    let mut connection = TcpStream::connect(node.address).await.expect("a connection");
    connection.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    let (first, rest) = answer.split_once("\r\n").unwrap_or_else(|| panic!("no answer to {head}: {answer}"));
    (first.split(' ').nth(1).unwrap_or_default().to_owned(), rest.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_host_leads_to_its_api_alone_and_no_request_has_two() {
    let route = format!(
        "[[gate.route]]\nhost = \"api.example.test\"\npath = \"/orders/**\"\naudience = \"{AUDIENCE}\"\nupstream = \"http://127.0.0.1:9\"\n"
    );
    let installation = Installation::on_sqlite(&route);
    let node = installation.start().await;
    let (claimed, own) = ("host: api.example.test\r\n", "host: jeton.example.test\r\n");
    let cases = [
        (format!("GET /orders/7 HTTP/1.1\r\n{claimed}"), "401", "no_credential"),
        (format!("GET /v1/tokens HTTP/1.1\r\n{own}"), "401", "no_credential"),
        // Nothing of the authority is there, however the host is written.
        (format!("GET /v1/tokens HTTP/1.1\r\n{claimed}"), "403", "route_not_allowed"),
        (format!("GET /setup HTTP/1.1\r\n{claimed}"), "403", "route_not_allowed"),
        ("GET /v1/tokens HTTP/1.1\r\nhost: API.Example.TEST.:80\r\n".to_owned(), "403", "route_not_allowed"),
        ("GET http://api.example.test/v1/tokens HTTP/1.1\r\nhost: api.example.test\r\n".to_owned(), "403", "route_not_allowed"),
        // Two hosts, or one twice.
        (format!("GET /orders/7 HTTP/1.1\r\n{claimed}{claimed}"), "400", "bad_host"),
        (format!("GET /v1/tokens HTTP/1.1\r\n{claimed}{own}"), "400", "bad_host"),
        (format!("GET /v1/tokens HTTP/1.1\r\n{own}{claimed}"), "400", "bad_host"),
        (format!("GET http://api.example.test/v1/tokens HTTP/1.1\r\n{own}"), "400", "bad_host"),
        (format!("GET http://jeton.example.test/v1/tokens HTTP/1.1\r\n{claimed}"), "400", "bad_host"),
    ];
    for (head, status, code) in &cases {
        let (answered, rest) = ask(&node, head).await;
        assert!(answered == *status && rest.contains(code), "{head}: {answered} {rest}");
    }
}
