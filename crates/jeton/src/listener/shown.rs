//! Gives each request the certificate that its connection was made with. Must never take one from anywhere else.

use http::Request;
use jeton_core::client_certificate::ClientCertificate;
use std::{
    sync::Arc,
    task::{Context, Poll},
};

/// Adds the client's certificate to the extensions of each request, where there is one.
#[derive(Clone)]
pub(super) struct WithCertificate<S> {
    pub(super) inner: S,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
}

impl<S, B> tower::Service<Request<B>> for WithCertificate<S>
where
    S: tower::Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }
    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(Arc::clone(certificate));
        }
        self.inner.call(request)
    }
}
