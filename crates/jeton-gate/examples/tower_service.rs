//! A plain tower service on hyper with a gate inside, without any web framework: the inner service finds its permit among the
//! extensions of the request.
//!
//! `cargo run -p jeton-gate --example tower_service` serves on loopback and prints the calls to try.
#![expect(clippy::print_stdout, reason = "an example that prints what to try")]

#[path = "parts/table.rs"]
pub(crate) mod table;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use jeton_gate::{
    Gate,
    layer::{ClientAddress, GateLayer, Permitted},
};
use std::{convert::Infallible, error::Error, net::IpAddr};
use tower::{Layer, Service, ServiceExt, service_fn};

async fn orders<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    let subject = request.extensions().get::<Permitted>().map(Permitted::subject).unwrap_or_default();
    Ok(Response::new(Full::from(format!("{} {} for {subject}\n", request.method(), request.uri().path()))))
}

/// The service as it stands behind one connection from `peer`.
pub(crate) fn service<B: Send + 'static>(
    gate: Gate,
    peer: IpAddr,
) -> impl Service<Request<B>, Response = Response<Either<Full<Bytes>, Full<Bytes>>>, Error = Infallible, Future: Send> + Clone {
    let told = move |mut request: Request<B>| {
        request.extensions_mut().insert(ClientAddress(peer));
        request
    };
    GateLayer::new(gate, table::AUDIENCE).layer(service_fn(orders::<B>)).map_request(told)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (gate, token) = table::gate()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    println!("curl {base}/v1/orders/7 -H 'Authorization: Bearer {}'", token.expose());
    println!("curl {base}/v1/orders/7 -i   # without a token");
    loop {
        let (stream, peer) = listener.accept().await?;
        let service = TowerToHyperService::new(service(gate.clone(), peer.ip()));
        tokio::spawn(async move {
            // A connection that breaks off concerns nobody but its caller.
            let _ended = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
