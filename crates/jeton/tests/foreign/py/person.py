"""A person with a browser that is no browser: follows redirects, keeps cookies by host, fills in the forms of sign-in and consent.

The same as `js/person.mjs`, for the clients in Python; it runs no script of a page.
"""

import http.client
import ssl
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

HOPS_MAX = 15


class Forms(HTMLParser):
    """The forms of a page, with their fields and buttons, and what the page says."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        own = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": own.get("action", ""), "method": own.get("method", "get").upper(), "fields": [], "buttons": []})
        elif self.forms and tag in ("input", "button") and "disabled" not in own:
            kind = own.get("type", "submit" if tag == "button" else "text")
            place = "buttons" if kind == "submit" else "fields"
            if kind not in ("checkbox", "radio") or "checked" in own:
                self.forms[-1][place].append((own.get("name", ""), own.get("value", "")))

    def handle_data(self, data):
        self.words.append(data)


def begins_with(url, redirect_uri):
    one, other = urlsplit(url), urlsplit(redirect_uri)
    return (one.scheme, one.netloc, one.path) == (other.scheme, other.netloc, other.path)


class Page:
    def __init__(self, url, status, headers, text):
        self.url, self.status, self.headers, self.text = url, status, headers, text
        read = Forms(text)
        self.forms, self.words = read.forms, " ".join(" ".join(read.words).split())


class Person:
    def __init__(self, setting):
        self.credentials = {name: setting["person"][name] for name in ("username", "password")}
        self.cookies = {}
        self.met = []

    def request(self, method, url, body=None):
        """One request; redirects are not followed."""
        at = urlsplit(url)
        secure = at.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        more = {"context": ssl.create_default_context()} if secure else {}
        connection = kind(at.hostname, at.port, timeout=30, **more)
        headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.get(at.hostname, {}).items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{at.scheme}://{at.netloc}"
        connection.request(method, urlunsplit(("", "", at.path or "/", at.query, "")), body, {name: value for name, value in headers.items() if value})
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies.setdefault(at.hostname, {})[name.strip()] = value.strip()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def open(self, url, until=None, method="GET", body=None):
        """Goes on until there is a page to look at, or the way leads to `until`: gives a page or that address."""
        for _ in range(HOPS_MAX):
            if until and begins_with(url, until):
                return url
            status, headers, text = self.request(method, url, body)
            if not 300 <= status <= 399:
                return Page(url, status, headers, text)
            url, method, body = urljoin(url, headers["Location"]), "GET", None
        raise AssertionError(f"more than {HOPS_MAX} redirects, the last to {url}")

    def submit(self, page, form, fields, button=None, until=None):
        """Sends a form with these fields filled in and this button pressed."""
        values = [(name, fields.get(name, value)) for name, value in form["fields"] if name] + ([button] if button else [])
        missing = set(fields) - {name for name, _ in values}
        assert not missing, f"the form has no field {missing}: {form}"
        return self.open(urljoin(page.url, form["action"]), until, "POST", urlencode(values))

    def authorize(self, url, redirect_uri, decision="allow"):
        """Does what the pages ask until the way leads to the redirect address, and gives that address with its parameters."""
        self.met = []
        page = self.open(url, redirect_uri)
        for _ in range(HOPS_MAX):
            if isinstance(page, str):
                return page
            page = self.step(page, redirect_uri, decision)
        raise AssertionError(f"no end of pages: {self.met}")

    def step(self, page, redirect_uri, decision):
        for form in page.forms:
            if "password" in dict(form["fields"]):
                self.met.append("sign-in")
                return self.submit(page, form, self.credentials, until=redirect_uri)
            if ("decision", decision) in form["buttons"]:
                self.met.append("consent")
                return self.submit(page, form, {}, ("decision", decision), redirect_uri)
        raise AssertionError(f"nothing to do on {page.url} ({page.status}): {page.words[:600]}")


def parameters(url):
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))
