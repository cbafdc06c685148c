//! `docs/oauth-with-curl.md`, word for word: its blocks are pasted into one shell, with the real curl, jq and openssl, and come to what
//! the page says of them. What the page leaves to a browser is done on the pages themselves.

use super::{
    browser::{Browser, Page},
    installation::{Installation, Node, free_address, program, until},
    pages::shell_blocks,
    wall_clock::WallClock,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

const PAGE: &str = "docs/oauth-with-curl.md";
/// Whom the page adds, and the password that it gives.
const PERSON: &str = "ada";
const PASSWORD: &str = "plum orbit velvet canyon";

/// A shell that somebody pastes into. It ends at the first command that fails.
struct Shell {
    child: Child,
    stdin: ChildStdin,
    folder: PathBuf,
    pasted: usize,
}

impl Shell {
    fn start(folder: &Path, url: &str, token: &str) -> Self {
        let path = format!("{}:{}", program().parent().expect("a folder").display(), std::env::var("PATH").expect("a path"));
        let faults = File::create(folder.join("faults")).expect("a file");
        let mut command = Command::new("bash");
        command.arg("-euo").arg("pipefail").current_dir(folder).env("PATH", path).env("HOME", folder);
        command.env("JETON_URL", url).env("JETON_TOKEN", token);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(faults).spawn().expect("bash runs");
        let stdin = child.stdin.take().expect("standard input");
        Self { child, stdin, folder: folder.to_owned(), pasted: 0 }
    }
    /// Pastes lines, and gives what they print when they are through.
    async fn paste(&mut self, lines: &str) -> String {
        self.pasted += 1;
        let [text, out, done] = ["text", "out", "done"].map(|kind| self.folder.join(format!("pasted-{}.{kind}", self.pasted)));
        std::fs::write(&text, lines).expect("a file");
        let line = format!(". '{}' </dev/null >'{}'\n: >'{}'\n", text.display(), out.display(), done.display());
        self.stdin.write_all(line.as_bytes()).expect("bash reads on");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        until(lines, async || {
            if let Some(status) = self.child.try_wait().expect("a child") {
                panic!("bash ended ({status}) in:\n{lines}\n{}\n{}", read(&out), read(&self.folder.join("faults")));
            }
            done.exists().then_some(())
        })
        .await;
        read(&out)
    }
    /// Pastes lines that print JSON.
    async fn answers(&mut self, lines: &str) -> Vec<Value> {
        let out = self.paste(lines).await;
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&out).into_iter().collect();
        values.unwrap_or_else(|fault| panic!("{fault} in what was printed by:\n{lines}\n{out}"))
    }
    /// The JSON that lines have left in a file, which nobody else may read.
    fn file(&self, name: &str) -> Value {
        let path = self.folder.join(name);
        let mode = path.metadata().unwrap_or_else(|fault| panic!("{name}: {fault}")).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} holds secrets");
        serde_json::from_slice(&std::fs::read(&path).expect("a file")).unwrap_or_else(|fault| panic!("{name}: {fault}"))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An authority as the page has it, a shell in its folder, and a browser.
struct Reader {
    node: Node,
    clock: WallClock,
    shell: Shell,
    browser: Browser,
    _installation: Installation,
}

impl Reader {
    /// Has followed the page as far as its first section.
    async fn start() -> Self {
        let address = free_address();
        let installation = Installation::configured(&format!("issuer = \"http://{address}\"\n"));
        let clock = WallClock::in_folder(installation.path());
        let environment: Vec<String> = clock.environment().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let outer: Vec<&str> = std::iter::once("env").chain(environment.iter().map(String::as_str)).collect();
        let node = Node::launch_within(&outer, installation.path(), address, free_address()).ready().await;
        let shell = Shell::start(installation.path(), &node.url(), &installation.owner);
        let browser = Browser::at(node.url());
        let mut reader = Self { node, clock, shell, browser, _installation: installation };
        let [beginning] = blocks("# OAuth with curl");
        reader.shell.paste(&beginning).await;
        reader
    }
    /// Opens an address that was printed, signs in where that is asked for, and gives the page that comes then.
    async fn opens(&self, address: &str) -> Page {
        let path = address.trim().strip_prefix(&self.node.url()).unwrap_or_else(|| panic!("not here: {address}"));
        let page = self.browser.open(path).await;
        let location = page.header("location").to_owned();
        let page = if page.status == 303 && location.starts_with("/sign-in") { self.browser.open(&location).await } else { page };
        if page.status != 200 || !page.text.contains("action=\"/sign-in\"") {
            return page;
        }
        let signed_in = self.browser.submit(&page, "/sign-in", &[("username", PERSON), ("password", PASSWORD)]).await.expect(303);
        self.browser.open(signed_in.header("location")).await
    }
    /// Opens an address of an app, allows what is asked, and gives the code in the address that the browser ends at.
    async fn allows(&self, address: &str) -> String {
        let question = self.opens(address).await.expect(200);
        assert!(question.text.contains("Notes") && question.text.contains("Read the stock"), "{}", question.text);
        let page = self.browser.submit(&question, "/oauth/consent", &[("decision", "allow")]).await.expect(303);
        let end = url::Url::parse(page.header("location")).expect("an address");
        let fields: BTreeMap<_, _> = end.query_pairs().into_owned().collect();
        assert_eq!((fields["state"].as_str(), &fields["iss"]), ("1", &self.node.url()), "{end}");
        fields["code"].clone()
    }
    /// The status of userinfo with an access token.
    async fn userinfo(&self, tokens: &Value) -> u16 {
        let request = reqwest::Client::new().get(format!("{}/oauth/userinfo", self.node.url()));
        let token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("no access token: {tokens}"));
        request.bearer_auth(token).send().await.expect("an answer").status().as_u16()
    }
}

/// The blocks of a section, which has so many.
fn blocks<const N: usize>(heading: &str) -> [String; N] {
    shell_blocks(PAGE, heading).try_into().unwrap_or_else(|found| panic!("`{heading}` has other blocks than it had: {found:?}"))
}

/// The commands of a block whose lines go on behind a backslash.
fn commands(block: &str) -> Vec<String> {
    let mut commands = vec![String::new()];
    for line in block.lines() {
        let last = commands.last_mut().expect("one");
        last.push_str(line);
        last.push('\n');
        if !line.ends_with('\\') {
            commands.push(String::new());
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_a_token_and_takes_it_back() {
    let mut reader = Reader::start().await;
    let [block] = blocks("## A service that gets tokens for itself");
    let printed = reader.shell.answers(&block).await;
    let [good, dead] = &printed[..] else { panic!("{printed:?}") };
    let nightly = reader.shell.file("nightly.json");
    assert_eq!((&good["active"], &good["scope"]), (&json!(true), &json!("stock:read")), "{good}");
    assert_eq!((&good["aud"], &good["client_id"]), (&json!("https://stock.example.com"), &nightly["client_id"]), "{good}");
    assert_eq!(dead, &json!({"active": false}));
    // It is the resource server: it may ask about what others call the API with, too.
    let issue = "TOKEN=$(jeton token issue --kind pat --name other --audience https://stock.example.com --scope stock:read --expires 1h)\n";
    let asking = commands(&block).pop().expect("a command");
    let others = reader.shell.answers(&format!("{issue}{asking}")).await;
    assert_eq!((&others[0]["active"], &others[0]["jeton_kind"]), (&json!(true), &json!("pat")), "{others:?}");
    reader.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_let_in_and_refreshes_until_that_is_a_theft() {
    let mut reader = Reader::start().await;
    let [asking, redeeming] = blocks("## An app that a person lets in");
    let address = reader.shell.paste(&asking).await;
    let code = reader.allows(&address).await;
    reader.shell.paste(&format!("CODE='{code}'\n")).await;

    let printed = reader.shell.answers(&redeeming).await;
    let [person, refreshed] = &printed[..] else { panic!("{printed:?}") };
    let tokens = reader.shell.file("tokens.json");
    assert_eq!(person["email"], json!("ada@example.com"), "{person}");
    assert!(person["sub"].as_str().is_some_and(|sub| sub.starts_with("usr_")), "{person}");
    assert_eq!(refreshed["scope"], tokens["scope"], "{refreshed}");
    assert_ne!(refreshed["access_token"], tokens["access_token"]);
    assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
    let commands = commands(&redeeming);
    let (first, last) = (commands.first().expect("a command"), commands.last().expect("a command"));
    reader.clock.set("+25s");
    assert_eq!(reader.shell.answers(last).await, std::slice::from_ref(refreshed), "within half a minute");
    assert_eq!((reader.userinfo(&tokens).await, reader.userinfo(refreshed).await), (200, 200));

    // A code that nobody redeemed within a minute.
    let code = reader.allows(&address).await;
    reader.shell.paste(&format!("cp tokens.json kept.json\nCODE='{code}'\n")).await;
    reader.clock.set("+90s");
    reader.shell.paste(&format!("{first}\nmv tokens.json late.json\nmv kept.json tokens.json\n")).await;
    assert_eq!(reader.shell.file("late.json")["error"], json!("invalid_grant"));

    assert_eq!((reader.userinfo(&tokens).await, reader.userinfo(refreshed).await), (200, 200));
    assert_eq!(reader.shell.answers(last).await[0]["error"], json!("invalid_grant"), "later it is a theft");
    assert_eq!((reader.userinfo(&tokens).await, reader.userinfo(refreshed).await), (401, 401), "everything is dead");
    reader.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_gets_its_tokens_when_somebody_said_yes() {
    let mut reader = Reader::start().await;
    let [block] = blocks("## A device without a browser");
    let printed = reader.shell.paste(&block).await;
    let (address, answer) = printed.split_once('\n').unwrap_or_else(|| panic!("{printed}"));
    let answer: Value = serde_json::from_str(answer).unwrap_or_else(|fault| panic!("{fault}: {printed}"));
    assert_eq!(answer["error"], json!("authorization_pending"), "{answer}");
    let device = reader.shell.file("device.json");
    assert_eq!(device["interval"], json!(5), "{device}");
    let page = reader.opens(address).await.expect(200);
    assert_eq!(page.field("/device", "user_code"), device["user_code"], "the address brings the code");
    let question = reader.browser.submit(&page, "/device", &[]).await.expect(200);
    assert!(question.text.contains("Terminal") && question.text.contains("Read the stock"), "{}", question.text);
    reader.browser.submit(&question, "/device", &[("decision", "allow")]).await.expect(200);
    reader.clock.set("+5s");
    let last = commands(&block).pop().expect("a command");
    let tokens = reader.shell.answers(&last).await;
    let [tokens] = &tokens[..] else { panic!("{tokens:?}") };
    assert_eq!(tokens["scope"], json!("openid stock:read"), "{tokens}");
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string(), "{tokens}");
    assert_eq!(reader.userinfo(tokens).await, 200);
    reader.node.stop().await;
}
