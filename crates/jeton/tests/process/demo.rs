//! `jeton demo`, as somebody follows it who has never seen it: what it prints is pasted line by line into a shell, and each
//! line comes to what the screen says.

use super::installation::{program, signal, until};
use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};
use tempfile::TempDir;

/// The demonstration takes well-known ports: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// A running demonstration, its output in files.
struct Demo {
    child: Child,
    folder: TempDir,
}

/// A line to try, as the screen has it: the status that it says (none for Jeton's own commands), and the command.
#[derive(Debug)]
struct Shown {
    status: Option<u16>,
    command: String,
}

impl Demo {
    async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| File::create(folder.path().join(name)).expect("a file");
        let mut command = Command::new(program());
        command.arg("demo").args(arguments).env("TMPDIR", folder.path()).env_remove("JETON_URL").env_remove("JETON_TOKEN");
        command.stdin(Stdio::null()).stdout(file("screen")).stderr(file("log"));
        let mut demo = Self { child: command.spawn().expect("the program starts"), folder };
        until("the screen is there", async || {
            if let Some(status) = demo.child.try_wait().expect("a child") {
                panic!("the demonstration ended ({status}):\n{}", demo.read("log"));
            }
            let screen = demo.read("screen");
            (screen.contains("jeton --help\n") || screen.ends_with("}\n")).then_some(())
        })
        .await;
        demo
    }
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
    /// The folders with its data.
    fn data(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_dir()).collect()
    }
    /// Ctrl-C.
    async fn interrupt(&mut self) {
        signal("-INT", self.child.id());
        let status = until("the demonstration ends", async || self.child.try_wait().expect("a child")).await;
        assert_eq!(status.code(), Some(0), "{}", self.read("log"));
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The two parts of the screen that are pasted: what sets up, and what is tried.
fn parts(screen: &str) -> (Vec<String>, Vec<Shown>) {
    let mut blocks = screen.split("\n\n").map(|block| block.lines().filter_map(|line| line.strip_prefix("  ")).collect::<Vec<_>>());
    let set_up = blocks.by_ref().find(|lines| !lines.is_empty()).expect("lines that set up");
    let tried = blocks.filter(|lines| lines.len() == 2).map(|lines| {
        let status = lines[0].split_once("  ").and_then(|(status, _)| status.parse().ok());
        Shown { status, command: lines[1].to_owned() }
    });
    (set_up.into_iter().map(str::to_owned).collect(), tried.collect())
}

/// A line in a fresh shell behind the lines that set up, all as printed.
fn paste(folder: &Path, set_up: &[String], line: &str) -> String {
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("{}\n{line}", set_up.join("\n"))).current_dir(folder).stdin(Stdio::null());
    let output = command.env_remove("JETON_TOKEN").output().expect("bash runs");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn port_of(screen: &str) -> u16 {
    let api = screen.split("API=http://127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next()).expect("the API's address");
    api.parse().expect("a port")
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::await_holding_lock, reason = "the other test waits in a thread of its own")]
async fn every_line_of_the_screen_does_what_it_says() {
    let _alone = ALONE.lock().unwrap_or_else(|broken| broken.into_inner());
    let mut demo = Demo::start(&[]).await;
    let screen = demo.read("screen");
    let (set_up, lines) = parts(&screen);
    let wide = screen.lines().filter(|line| !line.contains("export PATH=") && line.len() > 80).collect::<Vec<_>>();
    // The folder for temporary files is the test's own, and longer than usual.
    assert!(wide.iter().all(|line| line.contains("JETON_TOKEN_FILE")), "{wide:?}");
    assert!(!screen.contains('\u{1b}'), "colours without a terminal: {screen}");
    let statuses: Vec<_> = lines.iter().map(|line| line.status).collect();
    assert_eq!(statuses, [Some(200), Some(401), Some(403), Some(403), None, None, Some(401)], "{screen}");
    let folder = tempfile::tempdir().expect("a folder");
    let mut printed = Vec::new();
    for line in &lines {
        let out = paste(folder.path(), &set_up, &line.command);
        if let Some(status) = line.status {
            assert!(out.contains(&format!("HTTP/1.1 {status} ")), "{line:?} printed:\n{out}");
        }
        printed.push(out);
    }
    let [allowed, anonymous, scope, network, why, revoked, dead] = &printed[..] else { panic!("{printed:?}") };
    assert!(allowed.contains("lamp") && allowed.contains("asked_by"), "{allowed}");
    assert!(anonymous.to_lowercase().contains("www-authenticate: bearer") && !anonymous.contains("error="), "{anonymous}");
    assert!(scope.contains("insufficient_scope") && scope.contains("orders:write"), "{scope}");
    assert!(network.contains("address_not_allowed"), "{network}");
    assert!(why.contains("address_not_allowed") && why.contains("127.0.0.2"), "{why}");
    assert!(revoked.contains("revoked"), "{revoked}");
    assert!(dead.contains("invalid_token") && dead.contains("revoked"), "{dead}");
    assert_eq!(demo.data().len(), 1);
    let operator = std::fs::read_to_string(demo.data()[0].join("operator.token")).expect("the operator's token");
    let token = set_up.iter().find_map(|line| line.strip_prefix("TOKEN=")).expect("a token").to_owned();

    let port = port_of(&screen);
    demo.interrupt().await;
    assert_eq!(demo.data(), Vec::<PathBuf>::new(), "data is left behind");
    drop(TcpListener::bind(("127.0.0.1", port)).expect("the port is free again"));
    let log = demo.read("log");
    for secret in [token.as_str(), operator.trim()] {
        assert!(!log.contains(&secret[24..]), "a secret stands in the log");
    }
    assert!(!screen.contains(operator.trim()), "the operator's token stands on the screen");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::await_holding_lock, reason = "the other test waits in a thread of its own")]
async fn taken_ports_are_passed_over_and_scripts_get_a_document() {
    let _alone = ALONE.lock().unwrap_or_else(|broken| broken.into_inner());
    // Where somebody else has one of them already, that serves as well.
    let taken: Vec<_> = [8700, 8701, 8702].iter().map(|port| TcpListener::bind(("127.0.0.1", *port))).collect();
    let mut demo = Demo::start(&["--json"]).await;
    let document: serde_json::Value = serde_json::from_str(&demo.read("screen")).expect("one JSON document");
    for name in ["authority", "api", "ops"] {
        let address = document[name].as_str().expect("an address");
        assert!(!["8700", "8701", "8702"].iter().any(|port| address.ends_with(port)), "{address}");
    }
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let set_up: Vec<String> = document["set_up"].as_array().expect("lines").iter().map(text).collect();
    let out = paste(demo.folder.path(), &set_up, &text(&document["lines"][0]["command"]));
    assert!(out.contains("HTTP/1.1 200 ") && out.contains("lamp"), "{out}");
    demo.interrupt().await;
    assert_eq!(demo.data(), Vec::<PathBuf>::new(), "data is left behind");
    drop(taken);
}
