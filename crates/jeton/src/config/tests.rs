//! What a configuration may say, and what is said of one that may not be.

use super::*;

fn parse(text: &str) -> Result<Config, ConfigFault> {
    Config::parse("jeton.toml", text, Vec::new())
}

fn fault(text: &str) -> String {
    parse(text).expect_err("must be refused").to_string()
}

#[test]
fn nothing_is_the_secure_default() {
    let config = parse("").expect("defaults");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8700");
    assert_eq!(config.outside_folder(), Path::new("jeton-data/outside"));
    assert_eq!(config.gate.max_staleness(), Duration::from_secs(2));
}

#[test]
fn a_whole_one_is_read() {
    let config = parse(
        r#"
        issuer = "https://auth.example.com"
        listen = "0.0.0.0:443"
        trusted_proxies = ["10.0.0.0/8"]
        tls = { certificate = "c.pem", key = "k.pem" }
        [database]
        url = "postgres://jeton:secret@db/jeton"
        [[gate.route]]
        host = "api.example.com"
        path = "/v1/**"
        methods = ["GET"]
        audience = "https://api.example.com"
        scopes = ["orders:read"]
        upstream = "http://127.0.0.1:9000"
        "#,
    )
    .expect("configuration");
    assert_eq!(config.gate.route.len(), 1);
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn an_unknown_key_names_the_line_and_the_nearest() {
    assert_eq!(fault("\n\nisuer = \"x\""), "`jeton.toml` line 3: `isuer` is not known here, did you mean `issuer`?");
    assert_eq!(
        fault("[database]\nurls = \"x\""),
        "`jeton.toml` line 2: `url` is not known here, did you mean `url`?".replacen("`url`", "`urls`", 1)
    );
    assert!(fault("[[gate.route]]\npath=\"/\"\naudiense=\"https://a\"").contains("did you mean `audience`?"));
    assert!(fault("zzzzzz = 1").contains("known are:"));
}

#[test]
fn a_wrong_value_names_the_line_and_the_rule() {
    for (text, part) in [
        ("listen = 5", "line 1"),
        ("listen = \"here\"", "line 1"),
        ("a = = 1", "line 1"),
        ("[signing]\nrotate_every = \"soon\"", "line 2: `rotate_every`: must be a number and one of the units"),
        ("[[gate.route]]\npath = \"/a/../b\"\naudience = \"https://a\"", "`.` or `..`"),
        ("[[gate.route]]\npath = \"/a\"\naudience = \"a\"", "absolute URI"),
        ("disclosure = \"ful\"", "did you mean `full`?"),
    ] {
        assert!(fault(text).contains(part), "{text}: {}", fault(text));
    }
}

#[test]
fn what_cannot_be_enforced_is_refused() {
    for (text, part) in [
        ("listen = \"0.0.0.0:80\"", "plain HTTP is refused"),
        ("listen = \"[::ffff:10.0.0.1]:80\"", "plain HTTP is refused"),
        ("ops_listen = \"0.0.0.0:81\"", "`ops_listen`"),
        ("issuer = \"http://auth.example.com\"", "https://"),
        ("issuer = \"https://auth.example.com/\"", "slash"),
        ("issuer = \"https://a`b.example\"", "`issuer`"),
        ("issuer = \" https://auth.example.com\"", "plainly, as `https://auth.example.com`"),
        ("issuer = \"HTTPS://auth.example.com:443\"", "plainly, as `https://auth.example.com`"),
        ("[tls]\nterminated_by_proxy = true", "trusted_proxies"),
        ("[tls]\ncertificate = \"a\"", "together"),
        ("[tls]\nclient_ca = \"a\"", "`tls.client_certificates = \"request\"`"),
        ("[tls]\nclient_certificate_verified_by_proxy = true", "`tls.client_certificate_header`"),
        ("[database]\nurl = \"sqlit://a\"", "did you mean `sqlite://…`?"),
        ("[database]\nurl = \"mysql://a\"", "`sqlite://` or `postgres://`"),
        ("[signing]\nalgorithm = \"HS256\"", "signing.algorithm"),
        ("[[gate.route]]\npath = \"/\"\naudience = \"https://a\"\nupstream = \"ftp://a\"", "`gate.route` number 1: `upstream`"),
        ("[[gate.route]]\npath = \"/\"\naudience = \"https://a\"\nscopes = [\"a:*\"]", "names many"),
        ("brand = \"Acme\"", "`brand`"),
        ("[gate]\nrealm = \"\"", "`gate.realm`"),
        ("[gate]\nrealm = \"a\\\"b\"", "`gate.realm`"),
        ("[gate]\nrealm = \"a\\nb\"", "`gate.realm`"),
    ] {
        assert!(fault(text).contains(part), "{text}: {}", fault(text));
    }
}

#[test]
fn the_environment_overlays_the_file() {
    let with = |name: &str, value: &str| Config::parse("jeton.toml", "listen = \"127.0.0.1:1\"", [(name.to_owned(), value.to_owned())]);
    assert_eq!(with("JETON_LISTEN", "127.0.0.1:2").expect("read").listen.port(), 2);
    assert_eq!(with("JETON_DATABASE__DEADLINE_MS", "500").expect("read").database.deadline_ms, 500);
    assert_eq!(with("JETON_TRUSTED_PROXIES", "[\"10.0.0.0/8\"]").expect("read").trusted_proxies.len(), 1);
    assert_eq!(with("JETON_TOKEN", "jtn_x").expect("read").listen.port(), 1);
    assert_eq!(with("PATH", "/bin").expect("read").listen.port(), 1);
    let unknown = with("JETON_LISTN", "x").expect_err("refused").to_string();
    assert_eq!(unknown, "environment variable `JETON_LISTN`: `listn` is not known here, did you mean `listen`?");
    let secret = with("JETON_DATABASE__DEADLINE_MS", "hunter2").expect_err("refused").to_string();
    assert!(secret.contains("JETON_DATABASE__DEADLINE_MS"));
}
