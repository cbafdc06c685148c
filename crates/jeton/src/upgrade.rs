//! Another program in the place of this one, without a connection that is refused in between: the listening socket stays open and is
//! handed on as standard input, so that whoever calls meanwhile waits in its queue. Must never let two programs write to one folder:
//! the next one starts when this one has ended.

use std::{
    ffi::OsString,
    io,
    net::TcpListener,
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::CommandExt,
    },
    path::PathBuf,
    process::{Command, Stdio},
};

/// Says that the listening socket is standard input.
pub const SOCKET: &str = "JETON_SOCKET";
const STDIN: &str = "stdin";

/// The program that takes this one's place, as it was called.
#[derive(Debug)]
pub struct Successor {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Successor {
    /// Of this process. To be asked at its start: what lies there later under the same name is the successor.
    pub fn of_this_process() -> io::Result<Self> {
        Ok(Self { program: std::env::current_exe()?, arguments: std::env::args_os().skip(1).collect() })
    }
    /// Whether there is a program that runs at all: this one goes on otherwise.
    pub fn runs(&self) -> bool {
        let tried = Command::new(&self.program).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    }
    /// Takes this process over, with its id and its socket. Comes back only where that fails.
    pub fn take_over(self, socket: OwnedFd) -> io::Error {
        Command::new(self.program).args(self.arguments).env(SOCKET, STDIN).stdin(Stdio::from(socket)).exec()
    }
}

/// The listening socket that whoever started this process has handed on; `None` where nobody did.
pub fn inherited() -> io::Result<Option<TcpListener>> {
    match std::env::var_os(SOCKET) {
        None => Ok(None),
        Some(place) if place == STDIN => {
            let socket = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
            // Fails for what is no socket.
            socket.local_addr()?;
            socket.set_nonblocking(true)?;
            Ok(Some(socket))
        }
        Some(_) => Err(io::Error::other(format!("`{SOCKET}` must be `{STDIN}`"))),
    }
}
