"""A stand-in for S3 in memory: it answers what a client asks to list, read, write and delete; keys are not looked at."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_DATE, _HTTP_DATE = "2025-11-17T00:00:00.000Z", "Mon, 17 Nov 2025 00:00:00 GMT"


class S3Service(ThreadingHTTPServer):
    """`objects` maps "bucket/key" to bytes; `port` is where it listens on this machine."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.port = self.server_port


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3Service

    def log_message(self, *words: object) -> None:
        return None

    def _ask(self) -> tuple[str, dict[str, str]]:
        given = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(given.query, keep_blank_values=True).items()}
        return unquote(given.path).removeprefix("/"), query

    def _say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            whole = b""
            while data:
                size, _, data = data.partition(b"\r\n")
                length = int(size.split(b";")[0] or b"0", 16)
                if not length:
                    break
                whole, data = whole + data[:length], data[length + 2 :]
            return whole
        return data

    def do_HEAD(self) -> None:
        key, _ = self._ask()
        objects = self.server.objects
        if "/" not in key.rstrip("/"):
            key = key.rstrip("/")
            self._say(200 if any(name.startswith(key + "/") for name in objects) else 404)
        elif key in objects:
            self.send_response(200)
            self.send_header("Content-Length", str(len(objects[key])))
            self.send_header("Last-Modified", _HTTP_DATE)
            self.send_header("ETag", '"x"')
            self.end_headers()
        else:
            self._say(404)

    def do_GET(self) -> None:
        key, query = self._ask()
        if "list-type" in query:
            self._list(key.rstrip("/"), query)
            return
        data = self.server.objects.get(key)
        if data is None:
            self._say(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self._say(200, data, Last_Modified=_HTTP_DATE)
            return
        start, end = int(asked[1]), int(asked[2] or len(data) - 1)
        part = data[start : end + 1]
        self._say(
            206, part, Content_Range=f"bytes {start}-{start + len(part) - 1}/{len(data)}", Last_Modified=_HTTP_DATE
        )

    def _list(self, bucket: str, query: dict[str, str]) -> None:
        prefix, mark = query.get("prefix", ""), query.get("delimiter", "")
        keys = sorted(name.partition("/")[2] for name in self.server.objects if name.startswith(bucket + "/"))
        found, folders = [], set()
        for key in keys:
            if not key.startswith(prefix):
                continue
            rest = key[len(prefix) :]
            if mark and mark in rest:
                folders.add(prefix + rest.partition(mark)[0] + mark)
            else:
                found.append(key)
        most = int(query.get("max-keys", 1000))
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{_DATE}</LastModified><ETag>x</ETag>"
            f"<Size>{len(self.server.objects[f'{bucket}/{key}'])}</Size></Contents>"
            for key in found[:most]
        ) + "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders))
        count = len(found[:most]) + len(folders)
        xml = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{count}</KeyCount>"
            f"<MaxKeys>{most}</MaxKeys><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        )
        self._say(200, xml.encode(), Content_Type="application/xml")

    def do_PUT(self) -> None:
        key, query = self._ask()
        data = self._body()
        if "partNumber" in query:
            self.server.parts.setdefault(key, {})[int(query["partNumber"])] = data
        else:
            self.server.objects[key] = data
        self._say(200, ETag='"x"')

    def do_POST(self) -> None:
        key, query = self._ask()
        body = self._body()
        if "delete" in query:
            for name in re.findall(rb"<Key>([^<]*)</Key>", body):
                self.server.objects.pop(f"{key.rstrip('/')}/{name.decode()}", None)
            self._say(200, b"<DeleteResult/>", Content_Type="application/xml")
        elif "uploads" in query:
            xml = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            self._say(200, xml.encode(), Content_Type="application/xml")
        else:
            parts = self.server.parts.pop(key, {})
            self.server.objects[key] = b"".join(parts[number] for number in sorted(parts))
            xml = "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"
            self._say(200, xml.encode(), Content_Type="application/xml")

    def do_DELETE(self) -> None:
        key, _ = self._ask()
        self.server.objects.pop(key, None)
        self._say(204)
