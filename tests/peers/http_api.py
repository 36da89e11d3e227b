"""An HTTP API with tokens, addresses to put files to, and signed events.

http_api.py PORT FOLDER: one JSON line a request in FOLDER/requests.jsonl, files in FOLDER/stored.
POST /token            OAuth 2.0, client credentials of `parte` and FOLDER/client_secret; FOLDER/lasts says expires_in
POST|PUT /files/...    with the newest token only; 401 otherwise
POST /uploads          (Bearer tok123) gives {"data": {"url": .../store/NAME?sig=...}}; FOLDER/base replaces the base
PUT /store/NAME?sig=   takes a file with the right signature once, no login
POST /events           Standard Webhooks, checked with FOLDER/signing_key
POST /first/...        stores under its Idempotency-Key, and cuts the connection the first time
POST /echo/CODE        answers CODE and repeats the credentials, in its body and its Location
/status/CODE           answers CODE; /redirect points to FOLDER/target; /taken answers 409
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import struct
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, folder = int(sys.argv[1]), sys.argv[2]
stored = os.path.join(folder, "stored")
os.makedirs(stored, exist_ok=True)
lock = threading.Lock()
state = {"token": None, "sig": {}, "keys": {}}


def said(name, otherwise=""):
    try:
        with open(os.path.join(folder, name)) as file:
            return file.read().strip()
    except FileNotFoundError:
        return otherwise


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def keep(self, name, body):
        with open(os.path.join(stored, name), "wb") as file:
            file.write(body)

    def handle_request(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        url = urllib.parse.urlsplit(self.path)
        with lock:
            line = dict(method=self.command, path=url.path, headers={k.lower(): v for k, v in self.headers.items()})
            line.update(sha256=hashlib.sha256(body).hexdigest(), text=body[:2000].decode(errors="replace"))
            with open(os.path.join(folder, "requests.jsonl"), "a") as log:
                log.write(json.dumps(line) + "\n")
            first, *rest = url.path.strip("/").split("/")
            getattr(self, "on_" + first)(body, rest, url)

    do_GET = do_PUT = do_POST = do_OPTIONS = handle_request

    def on_token(self, body, rest, url):
        pair = "Basic " + base64.b64encode(b"parte:" + urllib.parse.quote_plus(said("client_secret")).encode()).decode()
        if said("token_down"):
            return self.answer(503, b"later")
        if self.headers["Authorization"] != pair:
            return self.answer(401, {"error": "invalid_client", "error_description": "no such client"})
        form = urllib.parse.parse_qs(body.decode())
        assert form["grant_type"] == ["client_credentials"] and form["scope"] == ["files write"], form
        time.sleep(0.2)  # long enough for others to ask as well, if they did
        state["token"] = secrets.token_urlsafe(16)
        answer = {"access_token": state["token"], "token_type": "bearer"}
        if said("lasts"):
            answer["expires_in"] = int(said("lasts"))
        if said("token_cut"):
            self.send_response(200)
            self.send_header("Content-Length", "500")
            self.end_headers()
            self.wfile.write(b'{"access_token": "t')
            self.close_connection = True
            return None
        self.answer(200, answer)

    def on_files(self, body, rest, url):
        if self.headers["Authorization"] != f"Bearer {state['token']}" or said("revoked") == state["token"]:
            return self.answer(401, b"token")
        self.keep(urllib.parse.unquote(rest[-1]), body)
        self.answer(201, {"data": {"uuid": "u-7"}})

    def on_revoke(self, body, rest, url):
        state["token"] = "none"
        self.answer(204)

    def on_uploads(self, body, rest, url):
        if self.headers["Authorization"] != "Bearer tok123":
            return self.answer(401, b"who?")
        if self.command == "POST":
            name = json.loads(body)["file"]
        else:
            name = urllib.parse.parse_qs(url.query)["file"][0]
        sig = state["sig"][name] = secrets.token_urlsafe(16)
        base = said("base", f"http://127.0.0.1:{port}/store")
        self.answer(200, {"data": {"url": f"{base}/{urllib.parse.quote(name)}?sig={sig}"}})

    def on_store(self, body, rest, url):
        name = urllib.parse.unquote(rest[-1])
        sig = urllib.parse.parse_qs(url.query)["sig"][0]
        if self.headers["Authorization"] or state["sig"].pop(name, None) != sig:
            return self.answer(403, b"signature")
        self.keep(name, body)
        self.answer(200)

    def on_events(self, body, rest, url):
        key = base64.b64decode(said("signing_key").removeprefix("whsec_"))
        id, at = self.headers["Webhook-Id"], self.headers["Webhook-Timestamp"]
        signed = b".".join([id.encode(), at.encode(), body])
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if right not in self.headers["Webhook-Signature"].split(" ") or abs(time.time() - int(at)) > 300:
            return self.answer(401, b"signature")
        self.answer(202, {"id": id})

    def on_first(self, body, rest, url):
        key = self.headers["Idempotency-Key"]
        if key not in state["keys"]:
            state["keys"][key] = len(state["keys"]) + 1
            self.keep(f"{state['keys'][key]}-{hashlib.sha256(body).hexdigest()}", body)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        self.answer(200, {"id": state["keys"][key]})

    def on_status(self, body, rest, url):
        self.answer(int(rest[0]), {"id": "kept"}, [("Retry-After", "7")])

    def on_echo(self, body, rest, url):
        told = self.headers["Authorization"] or self.headers["X-Api-Key"]
        self.answer(int(rest[0]), f"invalid key {told}".encode(), [("Location", f"/login/{told}")])

    def on_redirect(self, body, rest, url):
        self.answer(307, b"", [("Location", said("target"))])


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


Server(("127.0.0.1", port), Api).serve_forever()
