//! Mail: a forgotten password, an address to confirm, invitations; never to whom it is not for, never by another host's name.

use super::mailbox::Mailbox;
use crate::{
    oauth::{
        browser::Browser,
        people::{PASSWORD, add, sign_in, signed_in, who},
    },
    world::{On, World, logged},
};
use jeton_core::limits;
use serde_json::json;

async fn world() -> (World, Mailbox) {
    let mailbox = Mailbox::open().await;
    let url = mailbox.url.clone();
    let adjust = move |config: &mut jeton::config::Config| {
        config.mail.url = Some(url);
        config.mail.from = Some("Jeton <jeton@example.com>".to_owned());
    };
    (World::on(On::Sqlite, adjust).await, mailbox)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_helped_by_mail() {
    let (world, mailbox) = world().await;
    add(&world, "ada").await;
    let there = Browser::new(&world);
    sign_in(&there, "ada").await;
    let browser = Browser::new(&world);
    assert!(browser.open("/sign-in").await.expect(200).text.contains("href=\"/account/reset\""));
    // Somebody says of the host what he likes: the link is the configured issuer's.
    let page = browser.open("/account/reset").await.expect(200);
    let token = page.field("/account/reset", "csrf");
    let origin = format!("http://{}", world.address());
    let poisoned = [("origin", origin.as_str()), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    let sent = browser.post_from("/account/reset", &[("csrf", &token), ("name", "ada")], &poisoned).await.expect(200);
    let letter = mailbox.letter(1).await;
    assert_eq!(letter.to, "ada@example.com");
    assert!(
        letter.text.contains("From: \"Jeton\" <jeton@example.com>") || letter.text.contains("From: Jeton <jeton@example.com>"),
        "{}",
        letter.text
    );
    assert!(!letter.text.contains("evil.example") && letter.text.contains("http://127.0.0.1:8700/account/reset?link="), "{}", letter.text);
    // To nobody there is the same answer, and no letter.
    let other = Browser::new(&world);
    let page = other.open("/account/reset").await.expect(200);
    let own = page.field("/account/reset", "csrf");
    let unknown = other.submit(&page, "/account/reset", &[("name", "nobody")]).await.expect(200);
    assert_eq!(unknown.text.replace(&own, "TOKEN"), sent.text.replace(&token, "TOKEN"));

    // Opening the link uses nothing up, and takes the secret out of the address.
    let link = letter.link().to_owned();
    let secret = link.split("link=").nth(1).expect("a secret").to_owned();
    for _ in 0..3 {
        let opened = Browser::new(&world).open(&link).await.expect(303);
        assert_eq!(opened.header("location"), "/account/reset");
    }
    browser.open(&link).await.expect(303);
    let page = browser.open("/account/reset").await.expect(200);
    assert!(page.text.contains("ada") && !page.text.contains(&secret));
    let next = "copper lantern drift seven";
    for (password, again) in [("short", "short"), (next, "other"), (PASSWORD, "")] {
        browser.submit(&page, "/account/reset", &[("password", password), ("again", again)]).await.expect(400);
    }
    browser.submit(&page, "/account/reset", &[("csrf", "x"), ("password", next), ("again", next)]).await.expect(403);
    let done = browser.submit(&page, "/account/reset", &[("password", next), ("again", next)]).await.expect(303);
    assert_eq!(done.header("location"), "/sign-in?done=password");
    assert!(who(&world, &browser).await.is_none(), "nobody is signed in by it");
    assert!(who(&world, &there).await.is_none(), "all sessions are over");
    browser.open(&link).await.expect(303);
    browser.open("/account/reset").await.expect(410);
    let page = browser.open("/sign-in?done=password").await.expect(200);
    assert!(page.text.contains("Your password was changed"));
    browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", next)]).await.expect(303);
    let notice = mailbox.letter(2).await;
    assert!(notice.text.contains("the password of your account was changed"), "{}", notice.text);
    let account = browser.open("/account").await.expect(200);
    assert!(account.text.contains("Confirmed"), "whoever has the link reads the address: {}", account.text);
    assert_eq!(mailbox.count(), 2);
    let log = logged();
    assert!(!log.contains(&secret) && !log.contains(next));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_flooded_and_a_newer_link_takes_the_place_of_an_older_one() {
    let (world, mailbox) = world().await;
    add(&world, "ada").await;
    let browser = Browser::new(&world);
    let page = browser.open("/account/reset").await.expect(200);
    for _ in 0..limits::MAILS_PER_WINDOW {
        browser.submit(&page, "/account/reset", &[("name", "ada")]).await.expect(200);
    }
    browser.submit(&page, "/account/reset", &[("name", "ada")]).await.expect(429);
    let (first, last) = (mailbox.letter(1).await, mailbox.letter(limits::MAILS_PER_WINDOW as usize).await);
    browser.open(first.link()).await.expect(303);
    browser.open("/account/reset").await.expect(410);
    browser.open(last.link()).await.expect(303);
    browser.open("/account/reset").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_confirmed_by_who_reads_it() {
    let (world, mailbox) = world().await;
    let (browser, _) = signed_in(&world, "ada").await;
    let page = browser.open("/account/profile").await.expect(200);
    browser.submit(&page, "/account/profile", &[("email", "not an address")]).await.expect(400);
    browser.submit(&page, "/account/profile", &[("email", "ada@elsewhere.example")]).await.expect(303);
    let letter = mailbox.letter(1).await;
    assert_eq!(letter.to, "ada@elsewhere.example");
    assert!(browser.open("/account").await.expect(200).text.contains("Not confirmed"));
    // Opened anywhere, it confirms the address of its account.
    let elsewhere = Browser::new(&world);
    elsewhere.open(letter.link()).await.expect(303);
    let page = elsewhere.open("/account/verify-email").await.expect(200);
    elsewhere.submit(&page, "/account/verify-email", &[("csrf", "x")]).await.expect(403);
    elsewhere.submit(&page, "/account/verify-email", &[]).await.expect(200);
    assert!(who(&world, &elsewhere).await.is_none());
    assert!(browser.open("/account").await.expect(200).text.contains("Confirmed"));
    elsewhere.open(letter.link()).await.expect(303);
    elsewhere.open("/account/verify-email").await.expect(410);
    // Another address is another one to confirm.
    let page = browser.open("/account/profile").await.expect(200);
    browser.submit(&page, "/account/profile", &[("email", "ada@third.example")]).await.expect(303);
    assert!(browser.open("/account").await.expect(200).text.contains("Not confirmed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_comes_by_mail() {
    let (world, mailbox) = world().await;
    let invited = world.post(&world.owner, "/v1/invitations", json!({"email": "zoe@example.com", "role": "auditor"})).await.expect(201);
    assert_eq!((invited.body["sent"].clone(), invited.body["url"].clone()), (json!(true), json!(null)), "{}", invited.text);
    let letter = mailbox.letter(1).await;
    let browser = Browser::new(&world);
    browser.open(letter.link()).await.expect(303);
    let page = browser.open("/account/invitation").await.expect(200);
    assert!(page.text.contains("zoe@example.com") && page.text.contains("auditor"), "{}", page.text);
    let fields = [("name", "zoe"), ("email", "other@example.com"), ("password", PASSWORD), ("again", PASSWORD)];
    browser.submit(&page, "/account/invitation", &fields).await.expect(303);
    let account = browser.open("/account").await.expect(200);
    assert!(account.text.contains("zoe@example.com") && account.text.contains("Confirmed") && account.text.contains("Auditor"));
}
