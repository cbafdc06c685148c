//! Reads a secret from where one may stand: stdin, a file that only its owner can read, or an environment variable.
//!
//! Never from an argument, never printed, wiped when dropped.

use super::failure::Failure;
use std::{
    io::{IsTerminal, Read, Write},
    path::Path,
};
use zeroize::Zeroizing;

/// Longest secret that is read: a JWT and some room.
const SECRET_MAX: usize = jeton_core::limits::AUTHORIZATION_MAX;

/// Reads from `-` (stdin) or the file of this name.
pub(crate) fn read(source: &str, what: &str) -> Result<Zeroizing<String>, Failure> {
    if source == "-" { from_stdin(what) } else { from_file(Path::new(source), what) }
}

/// Reads all of stdin; on a terminal, one line after a prompt on stderr.
pub(crate) fn from_stdin(what: &str) -> Result<Zeroizing<String>, Failure> {
    let stdin = std::io::stdin();
    let mut text = Zeroizing::new(String::new());
    if stdin.is_terminal() {
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "paste the {what} and press Enter: ");
        let _ = stderr.flush();
        let read = stdin.read_line(&mut text);
        read.map_err(|fault| Failure::failed(format!("cannot read the {what} from the terminal: {fault}")))?;
    } else {
        let mut bounded = stdin.lock().take(SECRET_MAX as u64 + 1);
        let read = bounded.read_to_string(&mut text);
        read.map_err(|fault| Failure::failed(format!("cannot read the {what} from stdin: {fault}")))?;
    }
    trimmed(&text, what, "stdin")
}

/// Reads a new password from stdin, as it is but for the end of its line. On a terminal it can be seen while it is typed.
pub(crate) fn new_password() -> Result<Zeroizing<String>, Failure> {
    let stdin = std::io::stdin();
    let mut text = Zeroizing::new(String::new());
    let read = if stdin.is_terminal() {
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "type the password (it is shown) and press Enter: ");
        let _ = stderr.flush();
        stdin.read_line(&mut text)
    } else {
        stdin.lock().take(SECRET_MAX as u64).read_to_string(&mut text)
    };
    read.map_err(|fault| Failure::failed(format!("cannot read the password from stdin: {fault}")))?;
    let password = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() {
        return Err(Failure::usage("no password came from stdin").fix("pipe it in: `printf %s \"$PASSWORD\" | jeton user …`"));
    }
    Ok(Zeroizing::new(password.to_owned()))
}

/// Reads a file, and refuses one that others can read.
pub(crate) fn from_file(path: &Path, what: &str) -> Result<Zeroizing<String>, Failure> {
    let shown = path.display();
    let mut file = std::fs::File::open(path).map_err(|fault| Failure::usage(format!("cannot read the {what} from `{shown}`: {fault}")))?;
    refuse_open_mode(&file, path, what)?;
    let mut text = Zeroizing::new(String::new());
    let mut bounded = (&mut file).take(SECRET_MAX as u64 + 1);
    bounded.read_to_string(&mut text).map_err(|fault| Failure::usage(format!("cannot read the {what} from `{shown}`: {fault}")))?;
    trimmed(&text, what, &format!("`{shown}`"))
}

#[cfg(unix)]
fn refuse_open_mode(file: &std::fs::File, path: &Path, what: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|fault| Failure::usage(format!("cannot read `{}`: {fault}", path.display())))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let message = format!("`{}` holds a secret ({what}) and others can read it (mode {:04o})", path.display(), mode & 0o7777);
    Err(Failure::usage(message).fix(format!("chmod 600 {}", path.display())))
}

#[cfg(not(unix))]
fn refuse_open_mode(_: &std::fs::File, _: &Path, _: &str) -> Result<(), Failure> {
    Ok(())
}

fn trimmed(text: &str, what: &str, whence: &str) -> Result<Zeroizing<String>, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::usage(format!("no {what} came from {whence}"))
            .fix(format!("pipe it in: `printf %s \"$TOKEN\" | jeton …` ({whence} was empty)")));
    }
    if text.len() > SECRET_MAX {
        return Err(Failure::usage(format!("what came from {whence} is longer than any {what}")));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Writes a secret into a new file of mode 0600. A file that is there already is left as it is.
pub(crate) fn write_new(path: &Path, secret: &str) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.map_err(|fault| Failure::failed(format!("cannot write the secret to `{}`: {fault}", path.display())))
}
