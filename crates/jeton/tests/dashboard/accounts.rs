//! Accounts in a real browser: the first owner, passkeys of its own authenticator, one-time passwords, mail. The installation is a fresh
//! one, whose owner nobody is yet.

use super::{
    installation::{Installation, Node, free_address},
    script,
};
use jeton_store::testing::Cluster;
use serde_json::json;

async fn passes_over(database: &str) {
    let (address, mail) = (free_address(), free_address());
    let issuer = format!("http://localhost:{}", address.port());
    let text = format!(
        "issuer = \"{issuer}\"\n\n[database]\nurl = \"{database}\"\n\n[mail]\nurl = \"smtp://{mail}\"\nfrom = \"Jeton <jeton@example.test>\"\n"
    );
    let installation = Installation::configured(&text);
    let _node = Node::launch(installation.path(), address, free_address()).ready().await;
    let pictures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/dashboard");
    let setting = json!({
        "issuer": issuer, "setup_url": installation.setup_url, "mail_port": mail.port(), "screenshots": pictures,
    });
    script::passes("../dashboard/accounts.mjs", &setting, None).await;
}

#[tokio::test]
async fn people_come_in_by_every_way() {
    passes_over("sqlite://jeton-data/jeton.db").await;
    let url = tokio::task::spawn_blocking(|| Cluster::shared().fresh_database()).await.expect("a database");
    passes_over(&url).await;
}
