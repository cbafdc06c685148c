//! Accepts connections, ends TLS, bounds them and shuts down gracefully. Never looks into a request.
