"""Debian's Glewlwyd on SQLite, set up by its own schema and management interface, and then left alone.

`glewlwyd.py ADDRESS FOLDER`: writes what it needs into the folder, becomes the server, and serves at the address until it is killed.
One client may ask for tokens for itself, one person has signed in for it with a password, and each refresh token is good for one
use, as Jeton's are. Nothing of the system's configuration is read.
"""

import http.client
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import sys
import time

SCHEMA = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
PROGRAM = "/usr/bin/glewlwyd"
CLIENT, SECRET, PERSON, PASSWORD, SCOPE = "bench", "bench-secret-of-no-use", "ada", "correct horse", "orders"

host, _, port = sys.argv[1].partition(":")
folder = pathlib.Path(sys.argv[2])

CONFIGURATION = f"""
port=PORT
bind_address="{host}"
external_url="http://{host}:{port}"
login_url="login.html"
api_prefix="api"
static_files_path="{folder}"
cookie_domain=""
cookie_secure=0
log_mode="console"
log_level="ERROR"
session_expiration=2419200
session_key="SESSION"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="/usr/lib/glewlwyd/user_middleware"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=false
secure_connection_key_file="{folder}/none"
secure_connection_pem_file="{folder}/none"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3" path = "{folder}/glewlwyd.db" }};
"""

PLUGIN = {
    "module": "oidc",
    "name": "oidc",
    "display_name": "oidc",
    "parameters": {
        "iss": f"http://{host}:{port}/api/oidc",
        "jwt-type": "ecdsa",
        "jwt-key-size": "256",
        "access-token-duration": 3600,
        "refresh-token-duration": 1209600,
        "code-duration": 600,
        "refresh-token-rolling": True,
        "refresh-token-one-use": "always",
        "allow-non-oidc": True,
        "auth-type-code-enabled": False,
        "auth-type-token-enabled": False,
        "auth-type-id-token-enabled": False,
        "auth-type-password-enabled": True,
        "auth-type-client-enabled": True,
        "auth-type-refresh-enabled": True,
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
        "scope": [],
        "additional-parameters": [],
        "claims": [],
    },
}


def free_port():
    """A port that was free a moment ago: while it is set up, nobody is to find it where it will serve."""
    with socket.socket() as one:
        one.bind((host, 0))
        return one.getsockname()[1]


def configure(at):
    """Writes the configuration for a port, and gives the command that serves there."""
    file = folder / f"glewlwyd-{at}.conf"
    file.write_text(CONFIGURATION.replace("PORT", str(at)))
    return [PROGRAM, f"--config-file={file}"]


class Owner:
    """Whoever may set everything up."""

    def __init__(self, at):
        self.cookie, self.at = "", at
        self.ask("POST", "auth", {"username": "admin", "password": "password"})

    def ask(self, method, path, body):
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection(host, self.at, timeout=30)
                headers = {"Content-Type": "application/json", "Cookie": self.cookie}
                connection.request(method, f"/api/{path}", json.dumps(body), headers)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            sys.exit(f"{method} {path} gave {answer.status}: {text}")
        if answer.getheader("Set-Cookie"):
            self.cookie = answer.getheader("Set-Cookie").split(";")[0]


def pem_of_keys():
    """A key for ES256, private and public."""
    run = lambda *command, given=None: subprocess.run(["openssl", *command], input=given, check=True, capture_output=True).stdout
    key = run("ecparam", "-name", "prime256v1", "-genkey", "-noout")
    return run("pkcs8", "-topk8", "-nocrypt", given=key).decode(), run("ec", "-pubout", given=key).decode()


def set_up():
    """The database by the package's own schema, and the rest by the management interface."""
    database = sqlite3.connect(folder / "glewlwyd.db")
    database.executescript(pathlib.Path(SCHEMA).read_text())
    database.close()
    at = free_port()
    server = subprocess.Popen(configure(at), stdin=subprocess.DEVNULL)
    owner = Owner(at)
    owner.ask("POST", "scope", {"name": SCOPE, "display_name": SCOPE, "password_required": False, "scheme": {}})
    person = {"username": PERSON, "name": PERSON, "email": "ada@example.test", "password": PASSWORD, "scope": [SCOPE], "enabled": True}
    owner.ask("POST", "user", person)
    client = {"client_id": CLIENT, "name": CLIENT, "client_secret": SECRET, "confidential": True, "scope": [SCOPE], "enabled": True}
    client["authorization_type"] = ["client_credentials", "password", "refresh_token"]
    client["token_endpoint_auth_method"] = ["client_secret_basic"]
    owner.ask("POST", "client", client)
    PLUGIN["parameters"]["key"], PLUGIN["parameters"]["cert"] = pem_of_keys()
    owner.ask("POST", "mod/plugin", PLUGIN)
    server.terminate()
    server.wait()


set_up()
command = configure(port)
os.execv(PROGRAM, command)
