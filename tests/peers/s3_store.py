"""A store that speaks as much S3 as signed PUT, GET and ListObjectsV2 need. Signatures are made anew with botocore and compared.

s3_store.py PORT FOLDER: objects in FOLDER/stored/BUCKET/..., one JSON line a request in FOLDER/requests.jsonl.
The only key is `parte-key` with the secret in FOLDER/secret_key, the only bucket `informes`. Objects whose names begin
with `lost` are stored and the connection is cut the first time; those of `unread` may not be looked at; those of `slow` came too
slowly. Objects may also lie there as files from the beginning; two of them make a part of a list. Of those that are read the connection is
cut in the middle the first time where the name holds `cut`, every time where it holds `broken`; those with `gone` are listed and not there,
those with `changed` are others when they are asked for, and `busy` is answered 503 the first time.
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

    do_PUT = do_HEAD = do_GET = handle_request

    def list_objects(self, bucket, query):
        root = os.path.join(folder, "stored", bucket)
        names = [os.path.relpath(os.path.join(at, name), root) for at, _, files in os.walk(root) for name in files]
        names = sorted(name for name in names if name.startswith(query.get("prefix", "")))
        start = int(query.get("continuation-token", "0+=&").split("+")[0])
        part = names[start : start + 2]
        more = start + 2 < len(names)
        items = []
        for name in part:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                tag = hashlib.md5(file.read()).hexdigest()
            at = datetime.datetime.fromtimestamp(os.path.getmtime(path), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            key = urllib.parse.quote_plus(name, safe="/")
            items.append(f"<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>&quot;{tag}&quot;</ETag><Size>{os.path.getsize(path)}</Size></Contents>")
        token = f"<NextContinuationToken>{start + 2}+=&amp;</NextContinuationToken>" if more else ""
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{bucket}</Name>'
        text += f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(items)}</ListBucketResult>"
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def get_object(self, name, path):
        if "gone" in name or not os.path.exists(path):
            return self.answer(404, "NoSuchKey")
        if "busy" in name and name not in cut:
            cut.add(name)
            return self.answer(503, "SlowDown")
        with open(path, "rb") as file:
            body = file.read()
        tag = '"%s"' % hashlib.md5(body).hexdigest()
        wanted = self.headers.get("If-Match")
        if "changed" in name or wanted and wanted != tag:
            return self.answer(412, "PreconditionFailed")
        is_cut = "broken" in name or "cut" in name and name not in cut
        cut.add(name)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_cut else body)
        if is_cut:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

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
        if self.command == "GET":
            return self.get_object(name, path) if name else self.list_objects(bucket, dict(query))
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
