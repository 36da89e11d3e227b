"""An upload API that knows Idempotency-Key, checks Content-Digest and reads multipart forms with Python's own parser.

upload_receiver.py PORT FOLDER: files land in FOLDER/stored, one JSON line a request in FOLDER/requests.jsonl.
The first word of the path says how it behaves: accept, reset (stores, then cuts the connection), mute (stores, never
answers), date (503, Retry-After as a date), invalid (422 with a body), broken (500).
"""

import base64
import email
import email.policy
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, folder = int(sys.argv[1]), sys.argv[2]
stored = os.path.join(folder, "stored")
os.makedirs(stored, exist_ok=True)
by_key, lock = {}, threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_upload(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        behaviour = self.path.split("/")[1]
        key = self.headers["Idempotency-Key"]
        digest = "sha-256=:%s:" % base64.b64encode(hashlib.sha256(body).digest()).decode()
        if self.headers["Content-Digest"] != digest:
            return self.answer(400, b"content digest differs")
        name, content = os.path.basename(self.path), body
        media_type = self.headers["Content-Type"]
        if media_type.startswith("multipart/form-data"):
            head = b"Content-Type: " + media_type.encode() + b"\r\n\r\n"
            form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
            (part,) = form.iter_parts()
            assert part.get_param("name", header="content-disposition") == "file"
            name, content = part.get_filename(), part.get_payload(decode=True)
            media_type = part["Content-Type"]
        with lock, open(os.path.join(folder, "requests.jsonl"), "a") as log:
            line = dict(method=self.command, path=self.path, key=key, name=name, type=media_type)
            line.update(sha256=hashlib.sha256(content).hexdigest(), body_sha256=hashlib.sha256(body).hexdigest())
            log.write(json.dumps(line) + "\n")
            if behaviour in ("accept", "reset", "mute") and key not in by_key:
                by_key[key] = len(by_key) + 1
                with open(os.path.join(stored, f"{by_key[key]}-{name}"), "wb") as file:
                    file.write(content)
        if behaviour == "accept":
            answer = json.dumps({"id": f"f-{by_key[key]}"}).encode()
            self.answer(201, answer, [("Location", f"/files/{by_key[key]}?sig=hush"), ("Content-Type", "application/json")])
        elif behaviour == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif behaviour == "mute":
            time.sleep(30)
        elif behaviour == "date":
            self.answer(503, b"maintenance", [("Retry-After", formatdate(time.time() + 90, usegmt=True))])
        elif behaviour == "invalid":
            self.answer(422, b"column 'vendedor'\n is missing " + b"x" * 500)
        else:
            self.answer(500, b"oops")

    do_PUT = do_POST = handle_upload


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


Server(("127.0.0.1", port), Receiver).serve_forever()
