"""A store that speaks as much S3 as a signed PUT needs. Signatures are made anew with botocore and compared.

s3_store.py PORT FOLDER: objects in FOLDER/stored/BUCKET/..., one JSON line a request in FOLDER/requests.jsonl.
The only key is `parte-key` with the secret in FOLDER/secret_key, the only bucket `informes`. Objects whose names begin
with `lost` are stored and the connection is cut the first time; those of `unread` may not be looked at; those of `slow` came too
slowly.
"""

import base64
import datetime
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

port, folder = int(sys.argv[1]), sys.argv[2]
lock, cut, held = threading.Lock(), set(), {}
FORMAT = "%Y%m%dT%H%M%SZ"


def signature(method, host, path, query, headers, secret):
    """The signature that botocore gives this request, under the names and the time that it says itself."""
    query = dict(query)
    theirs, at = query.pop("X-Amz-Signature"), query["X-Amz-Date"]
    key, _, region, service, _ = query["X-Amz-Credential"].split("/")
    expires = int(query["X-Amz-Expires"])
    names = query["X-Amz-SignedHeaders"].split(";")
    own = {name: value for name, value in query.items() if not name.startswith("X-Amz-")}
    request = AWSRequest(method, f"http://{host}{path}", headers={n: headers[n] for n in names if n != "host"}, params=own)
    moment = datetime.datetime.strptime(at, FORMAT)
    # the names that it takes the time from, in older and newer versions
    for name in ("get_current_datetime",):
        setattr(botocore.auth, name, lambda *_, **__: moment)
    signer = botocore.auth.S3SigV4QueryAuth(Credentials(key, secret), service, region, expires=expires)
    signer.add_auth(request)
    made = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.url).query))
    assert made["X-Amz-Date"] == at, (made, at)
    assert made["X-Amz-SignedHeaders"].split(";") == names, (made, names)
    return key, theirs, made["X-Amz-Signature"]


class Store(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, code="", headers=()):
        body = b""
        if code and self.command != "HEAD":
            text = f"<Error><Code>{code}</Code><Message>{code} it is.</Message><StringToSign>hush</StringToSign></Error>"
            body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_request(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        with lock:
            self.judge(body)

    do_PUT = do_HEAD = handle_request

    def judge(self, body):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        with open(os.path.join(folder, "secret_key")) as file:
            secret = file.read().strip()
        key, theirs, ours = signature(self.command, headers["host"], url.path, query, headers, secret)
        signed = dict(query)["X-Amz-SignedHeaders"].split(";")
        unsigned = [name for name in headers if name.startswith("x-amz-") and name not in signed]
        with open(os.path.join(folder, "requests.jsonl"), "a") as log:
            log.write(json.dumps(dict(method=self.command, path=url.path, headers=headers, right=theirs == ours)) + "\n")
        if key != "parte-key":
            return self.answer(403, "InvalidAccessKeyId")
        if theirs != ours or unsigned:
            return self.answer(403, "SignatureDoesNotMatch")
        _, bucket, *rest = urllib.parse.unquote(url.path).split("/", 2)
        if bucket != "informes":
            return self.answer(404, "NoSuchBucket")
        name = "/".join(rest)
        path = os.path.join(folder, "stored", bucket, name)
        if self.command == "HEAD":
            if not name:
                return self.answer(200)
            if name.startswith("unread"):
                return self.answer(403)
            if name not in held:
                return self.answer(404)
            return self.answer(200, headers=held[name])
        if base64.b64encode(hashlib.sha256(body).digest()).decode() != headers["x-amz-checksum-sha256"]:
            return self.answer(400, "BadDigest")
        if name.startswith("slow"):
            return self.answer(400, "RequestTimeout")
        if headers.get("if-none-match") == "*" and name in held:
            return self.answer(412, "PreconditionFailed")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(body)
        held[name] = [(n, v) for n, v in headers.items() if n.startswith("x-amz-meta-")]
        if name.split("/")[-1].startswith("lost") and name not in cut:
            cut.add(name)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        self.answer(200, headers=[("ETag", '"%s"' % hashlib.md5(body).hexdigest())])


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        import traceback

        traceback.print_exc()


Server(("127.0.0.1", port), Store).serve_forever()
