//! The binary: sets the allocator and the crypto provider, and hands over to the library. Never holds logic of its own.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything that could speak TLS; that it is set already is no fault.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    jeton::cli::main()
}
