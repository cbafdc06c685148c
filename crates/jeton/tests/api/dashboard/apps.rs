//! Apps on pages: registered with a picture, approved, given a secret once, used, changed and removed; and nobody else's.

use super::frame::somebody;
use crate::{
    oauth::browser::{Browser, Page},
    world::{Anonymous, Bearer, World},
};
use serde_json::json;

const NEW: &str = "/dashboard/apps/new";
const ASKED: [(&str, &str); 7] = [
    ("client_name", "Packing slips"),
    ("kind", "web"),
    ("redirect_uris", "https://slips.example.com/back"),
    ("client_uri", "https://slips.example.com/"),
    ("scopes", "openid"),
    ("scopes", "orders:read"),
    ("purpose", "Prints packing slips for the shop"),
];

/// A picture of one colour.
fn picture(red: u8) -> Vec<u8> {
    // A PNG of one pixel: header, IHDR, IDAT, IEND, with their checksums.
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        let sum = !body.iter().fold(!0u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
        });
        let length = u32::try_from(data.len()).expect("short").to_be_bytes();
        [&length[..], &body, &sum.to_be_bytes()].concat()
    };
    let pixels = miniz_oxide::deflate::compress_to_vec_zlib(&[0, red, 40, 90], 6);
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &pixels), chunk(b"IEND", b"")].concat()
}

async fn csrf(browser: &Browser) -> String {
    browser.open("/sign-out").await.expect(200).field("/sign-out", "csrf")
}

/// Registers an app with a picture; gives the address of its page.
async fn register(browser: &Browser) -> String {
    let csrf = csrf(browser).await;
    let fields = [&[("csrf", csrf.as_str())], &ASKED[..]].concat();
    let done = browser.upload(NEW, &fields, Some(("logo", &picture(200)))).await.expect(303);
    done.header("location").split('?').next().expect("an address").to_owned()
}

fn logo_in(page: &Page) -> String {
    let start = page.text.find("/assets/logos/").unwrap_or_else(|| panic!("no picture: {}", page.text));
    page.text[start..].split('"').next().expect("an end").to_owned()
}

async fn approve(world: &World, id: &str) {
    let client = world.get(&world.owner, &format!("/v1/clients/{id}")).await.expect(200);
    let body = json!({"version": client.body["version"]});
    world.post(&world.owner, &format!("/v1/clients/{id}/approve"), body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_registered_approved_and_gets_its_secret_once() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    assert!(dan.open("/dashboard/apps/mine").await.expect(200).text.contains("You have no apps yet"));
    let form = dan.open(NEW).await.expect(200);
    assert!(form.text.contains("Read orders") && form.text.contains("multipart/form-data"), "{}", form.text);
    let path = register(&dan).await;
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let page = dan.open(&path).await.expect(200);
    for part in
        ["Waiting for approval", "Prints packing slips for the shop", "Not made yet", "https://slips.example.com/back", "Read orders"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let logo = dan.open(&logo_in(&page)).await.expect(200);
    let policy = logo.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert_eq!((logo.header("content-type"), logo.header("x-content-type-options")), ("image/png", "nosniff"));
    dan.open(&format!("/assets/logos/{}-{}.png", &id[4..], "0".repeat(32))).await.expect(404);

    let token = csrf(&dan).await;
    let refused = dan.post(&format!("{path}/secret"), &[("csrf", &token), ("generation", "1")]).await.expect(409);
    assert!(refused.text.contains("not approved"), "{}", refused.text);
    approve(&world, &id).await;
    let page = dan.open(&path).await.expect(200);
    assert!(page.text.contains("Approved") && page.text.contains("Make the secret"), "{}", page.text);
    let made = dan.post(&format!("{path}/secret"), &[("csrf", &token), ("generation", "1")]).await.expect(200);
    assert!(made.text.contains("data-once") && made.header("cache-control") == "no-store");
    let start = made.text.find("jtn_cls_").expect("a secret");
    let secret: String = made.text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let again = dan.post(&format!("{path}/secret"), &[("csrf", &token), ("generation", "1")]).await.expect(409);
    assert!(!again.text.contains("jtn_cls_"));
    assert!(!dan.open(&path).await.expect(200).text.contains("jtn_cls_"));
    // The secret is the client's.
    let form = [("grant_type", "authorization_code"), ("code", "none"), ("redirect_uri", "https://slips.example.com/back")];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = world.request(&Anonymous, "POST", "/oauth/token").basic_auth(&id, Some(&secret));
    let reply = world.send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await;
    assert_eq!((reply.status, reply.str("/error")), (400, "invalid_grant"), "{}", reply.text);

    let asked = dan.open(&format!("{path}/remove")).await.expect(200);
    dan.submit(&asked, &format!("{path}/remove"), &[]).await.expect(303);
    dan.open(&path).await.expect(404);
    dan.open(&logo_in(&page)).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_waits_for_approval_and_less_holds_at_once() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    let path = register(&dan).await;
    let id = path.rsplit('/').next().expect("an id").to_owned();
    approve(&world, &id).await;
    let before = logo_in(&dan.open(&path).await.expect(200));
    let change = async |replaced: &[(&str, &str)], file: Option<&[u8]>| {
        let page = dan.open(&format!("{path}/edit")).await.expect(200);
        let (csrf, version) = (page.field(&format!("{path}/edit"), "csrf"), page.field(&format!("{path}/edit"), "version"));
        let kept = ASKED.iter().filter(|(name, _)| !replaced.iter().any(|(own, _)| own == name)).copied();
        let all: Vec<_> =
            [("csrf", csrf.as_str()), ("version", version.as_str())].into_iter().chain(kept).chain(replaced.iter().copied()).collect();
        dan.upload(&format!("{path}/edit"), &all, file.map(|file| ("logo", file))).await
    };
    let wider = [("scopes", "openid"), ("scopes", "orders:read"), ("scopes", "orders:write"), ("client_name", "Your bank")];
    change(&wider, Some(&picture(10))).await.expect(303);
    let page = dan.open(&path).await.expect(200);
    for part in ["A change waits for approval", "<ins>orders:write</ins>", "<ins>Your bank</ins>", "<del>Packing slips</del>", "Picture"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert_eq!(logo_in(&page), before, "the picture that holds is the one that was approved");
    let shown = world.get(&world.owner, &format!("/v1/clients/{id}")).await.expect(200);
    assert_eq!(shown.body["metadata"]["scope"], json!("openid orders:read"), "{}", shown.text);
    approve(&world, &id).await;
    let page = dan.open(&path).await.expect(200);
    assert!(page.text.contains("Your bank") && !page.text.contains("waits for approval") && logo_in(&page) != before, "{}", page.text);
    dan.open(&before).await.expect(200);

    change(&[("scopes", "openid"), ("client_name", "Your bank")], None).await.expect(303);
    let shown = world.get(&world.owner, &format!("/v1/clients/{id}")).await.expect(200);
    assert_eq!(shown.body["metadata"]["scope"], json!("openid"), "{}", shown.text);
    change(&[("client_name", "Another")], None).await.expect(303);
    let page = dan.open(&path).await.expect(200);
    dan.submit(&page, &format!("{path}/withdraw"), &[]).await.expect(303);
    assert!(!dan.open(&path).await.expect(200).text.contains("A change waits"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_at_its_field() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    let csrf = csrf(&dan).await;
    let send = async |replaced: &[(&str, &str)], file: Option<&[u8]>| {
        let kept = ASKED.iter().filter(|(name, _)| !replaced.iter().any(|(own, _)| own == name)).copied();
        let all: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(kept).chain(replaced.iter().copied()).collect();
        dan.upload(NEW, &all, file.map(|file| ("logo", file))).await
    };
    for (replaced, said) in [
        (&[("client_name", "")][..], "client_name-fault"),
        (&[("redirect_uris", "javascript:alert(1)")], "redirect_uris-fault"),
        (&[("redirect_uris", "")], "redirect_uris-fault"),
        (&[("client_uri", "nowhere")], "client_uri-fault"),
        (&[("scopes", "")], "at least one scope"),
        (&[("scopes", "tokens:issue")], "`tokens:issue` is none"),
        (&[("purpose", "")], "purpose-fault"),
    ] {
        let page = send(replaced, None).await.expect(400);
        assert!(page.text.contains(said) && page.text.contains("Nothing was changed"), "{said}: {}", page.text);
    }
    let mut bomb = picture(1);
    bomb[16..20].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let huge = vec![0x89; 600 * 1024];
    for (file, said) in [(&svg[..], "SVG"), (b"GIF89a", "not a PNG"), (&bomb, "The picture"), (&picture(1)[..50], "broken")] {
        let page = send(&[], Some(file)).await.expect(400);
        assert!(page.text.contains(said) && page.text.contains("logo-fault"), "{said}: {}", page.text);
    }
    assert!(matches!(send(&[], Some(&huge)).await.status, 400 | 413));
    dan.upload(NEW, &[("csrf", "forged")], None).await.expect(403);
    assert_eq!(dan.open("/dashboard/apps/mine").await.expect(200).text.matches("class=\"card\"").count(), 0, "nothing was registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_at_the_apps_of_others() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    let path = register(&dan).await;
    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let foreign = Bearer(other.str("/owner_token/token").to_owned());
    let body = json!({"name": "fay", "role": "owner", "password": crate::oauth::people::PASSWORD});
    world.post(&foreign, "/v1/users", body).await.expect(201);
    let fay = Browser::new(&world);
    crate::oauth::people::sign_in(&fay, "fay").await;
    let (eve, auditor) = (somebody(&world, "eve", "developer").await, somebody(&world, "aud", "auditor").await);
    for (stranger, status) in [(&eve, 404), (&fay, 404), (&auditor, 403)] {
        let csrf = csrf(stranger).await;
        let fields = [&[("csrf", csrf.as_str()), ("version", "1"), ("generation", "1")], &ASKED[..]].concat();
        for verb in ["edit", "secret", "remove", "withdraw"] {
            if verb != "withdraw" {
                stranger.open(&format!("{path}/{verb}")).await.expect(status);
            }
            let sent = if verb == "edit" {
                stranger.upload(&format!("{path}/{verb}"), &fields, None).await
            } else {
                stranger.post(&format!("{path}/{verb}"), &fields[..3]).await
            };
            assert_eq!(sent.status, status, "{verb}: {}", sent.text);
        }
        let seen = stranger.open(&path).await;
        assert_eq!(seen.status, if status == 403 { 200 } else { 404 });
        assert!(!seen.text.contains("/remove"), "{}", seen.text);
    }
    for verb in ["secret", "remove", "withdraw"] {
        dan.post(&format!("{path}/{verb}"), &[("version", "1"), ("generation", "1")]).await.expect(403);
    }
    assert!(dan.open(&path).await.expect(200).text.contains("Packing slips"));
}
