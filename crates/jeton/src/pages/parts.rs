//! The macros in `templates/parts`, used as the heads of their files say: they compile only where somebody does. Tests alone.

use super::{
    badge::{Badge, Tone},
    chart::Chart,
    filled::Filled,
    instant::Instant,
};
use askama::Template;
use jeton_core::timestamp::Timestamp;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"
{%- import "parts/page.html" as page -%}
{%- import "parts/data.html" as data -%}
{%- import "parts/form.html" as form -%}
{%- import "parts/secret.html" as secret -%}
{%- import "parts/chart.html" as chart -%}
{%- call page::crumbs("/dashboard/tokens", "Tokens") %}{% endcall -%}
{%- call page::head("Tokens", "All of them.") %}<a class="button" href="/x">Issue</a>{% endcall -%}
{%- call page::alert("Not saved", "Why.") %}{% endcall -%}
{%- call page::note("Only you see this.") %}{% endcall -%}
{%- call page::empty("No tokens yet", "They open APIs.") %}<a class="button" href="/y">Issue one</a>{% endcall -%}
{%- call data::badge(badge) %}{% endcall -%}
{%- call data::time(instant) %}{% endcall -%}
{%- call data::more(next) %}{% endcall -%}
{%- call form::faults(filled) %}{% endcall -%}
{%- call form::fault_of_all(filled, "name", "Names") %}{% endcall -%}
{%- call form::text(filled, "name", "Name", "For people.") %}required maxlength="100"{% endcall -%}
{%- call form::input(filled, "email", "email", "E-mail address", "") %}{% endcall -%}
{%- call form::area(filled, "networks", "Networks", "One on each line.") %}rows="3"{% endcall -%}
{%- call form::choice(filled, "role", "Role", "", roles) %}{% endcall -%}
{%- call form::group("How long", "As short as you can.") -%}
{%- call form::radio(filled, "life", "30d", "30 days", "") %}{% endcall -%}
{%- call form::check(filled, "public", "yes", "Public", "In pages.") %}{% endcall -%}
{%- endcall -%}
{%- call form::secret("password", "Password", "", "is needed") %}{% endcall -%}
{%- call secret::once("Your token", text, "Copy it now.") -%}
{%- call secret::snippet("curl", "curl <x>") %}{% endcall -%}
{%- endcall -%}
{%- call chart::columns(shown) %}{% endcall -%}
{%- call chart::meter(40) %}{% endcall -%}
"#
)]
struct Gallery<'g> {
    badge: Badge,
    instant: Instant,
    next: Option<String>,
    filled: Filled,
    roles: [(&'g str, &'g str); 2],
    text: &'g str,
    shown: Chart,
}

#[test]
fn every_part_is_drawn_as_its_head_says() {
    let gallery = Gallery {
        badge: Badge { words: "Active", tone: Tone::Good },
        instant: Instant::from(Timestamp::default()),
        next: Some("/dashboard/tokens?after=x&y=1".to_owned()),
        filled: Filled::with([("name", "<b>"), ("role", "owner"), ("life", "30d"), ("networks", "10.0.0.0/8")])
            .faulty("name", "must be shorter"),
        roles: [("owner", "Owner"), ("auditor", "Auditor")],
        text: "jtn_pat_…",
        shown: Chart::stacked("Requests", &[("passed", "pass")], vec![("14:00".to_owned(), vec![1204])]),
    };
    let drawn = gallery.render().expect("drawn");
    for part in [
        "<a class=\"button\" href=\"/x\">Issue</a>",
        "<span class=\"badge good\">Active</span>",
        "href=\"/dashboard/tokens?after=x&#38;y=1\"",
        "value=\"&#60;b&#62;\" aria-describedby=\"name-hint name-fault\" aria-invalid=\"true\" autofocus required",
        "<p class=\"fault\" id=\"name-fault\">Name must be shorter</p>",
        ">Names must be shorter</p>",
        "<option value=\"owner\" selected>",
        "value=\"30d\" checked",
        "curl &#60;x&#62;",
        "aria-label=\"Requests: 1,204 passed\"",
        "<td class=\"number\" data-label=\"passed\">1,204</td>",
        "<rect class=\"pass\" width=\"40\"",
    ] {
        assert!(drawn.contains(part), "{part} is not in {drawn}");
    }
    assert!(!drawn.contains("style=") && !drawn.contains("<b>"), "{drawn}");
}
