"""Files by name, in a folder and in a storage that speaks S3's protocol."""

import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rapport.commands import doctor
from rapport.kit import settings
from rapport.kit.files import Files
from rapport.kit.storage import Bucket, Folder, Storage, StorageFailed, open_storage


class _Objects(ThreadingHTTPServer):
    """The four calls of S3 that matter here. `is_broken`: it answers 500."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_broken = False
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Objects

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if not self.server.is_broken:
            self.server.objects[self.path] = content
        self._answer(500 if self.server.is_broken else 200)

    def do_GET(self) -> None:
        content = self.server.objects.get(self.path)
        status = 500 if self.server.is_broken else 404 if content is None else 200
        self._answer(status, content or b"")

    def do_POST(self) -> None:
        """Delete the objects of this bucket that the body lists."""
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        keys = re.findall(r"<Key>(.*?)</Key>", asked)
        for key in keys:
            self.server.objects.pop(f"{self.path.partition('?')[0]}/{key}", None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("etag", '"x"')
        self.send_header("last-modified", "Sat, 28 Nov 2026 23:00:00 GMT")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Objects]:
    server = _Objects()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    known = {
        "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    yield server
    server.shutdown()


async def _is_kept(storage: Storage) -> None:
    assert await storage.read("A/b.png") is None
    await storage.write("A/b.png", b"one")
    await storage.write("A/b.png", b"two")
    assert await storage.read("A/b.png") == b"two"
    await storage.delete("A/b.png")
    await storage.delete("A/b.png")
    assert await storage.read("A/b.png") is None


async def _keeps_large_files(storage: Storage, folder: Path) -> None:
    """Piece by piece."""
    content = os.urandom(700_000)
    file = folder / "large"
    file.write_bytes(content)
    await storage.keep("C/large", file)
    pieces = await storage.stream("C/large")
    assert pieces is not None
    assert b"".join([piece async for piece in pieces]) == content
    assert await storage.stream("C/nothing") is None


async def test_a_folder_keeps_large_files(tmp_path: Path) -> None:
    await _keeps_large_files(open_storage(Files(tmp_path / "kept"), None), tmp_path)


async def test_an_object_storage_keeps_large_files(objects: _Objects, tmp_path: Path) -> None:
    await _keeps_large_files(open_storage(Files(tmp_path / "kept"), "s3://bucket/shop"), tmp_path)


async def test_a_folder_keeps_files(tmp_path: Path) -> None:
    storage = open_storage(Files(tmp_path), None)
    assert isinstance(storage, Folder)
    await _is_kept(storage)
    (tmp_path / "B").write_text("a file where a folder is needed")
    with pytest.raises(StorageFailed):
        await storage.write("B/c.png", b"")


async def test_an_object_storage_keeps_files_under_its_prefix(objects: _Objects, tmp_path: Path) -> None:
    storage = open_storage(Files(tmp_path), "s3://bucket/shop")
    assert isinstance(storage, Bucket)
    await _is_kept(storage)
    await storage.write("A/b.png", b"one")
    assert objects.objects == {"/bucket/shop/A/b.png": b"one"}


async def test_a_storage_that_is_broken_is_told(objects: _Objects, tmp_path: Path) -> None:
    storage = open_storage(Files(tmp_path), "s3://bucket/shop")
    objects.is_broken = True
    with pytest.raises(StorageFailed):
        await storage.read("A/b.png")


def test_doctor_tries_the_storage_out(objects: _Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_FILES_URL", "s3://bucket/shop")

    def told() -> doctor.Finding:
        (finding,) = [
            one for one in doctor.examine_settings(settings.load(data=str(tmp_path))) if one.what == "images lie in"
        ]
        return finding

    assert (told().result, told().advice, objects.objects) == ("s3://bucket/shop", "", {})
    objects.is_broken = True
    assert "Nothing can be kept there" in told().advice
    monkeypatch.delenv("RAPPORT_FILES_URL")
    assert (told().result, told().advice) == ("the data folder", "")


@pytest.mark.parametrize("url", ["bucket", "file:///tmp", "memory:///", "ftp://bucket/x"])
def test_an_address_that_is_no_storage_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_FILES_URL", url)
    with pytest.raises(settings.Unusable, match="s3://bucket/prefix"):
        settings.load(data=str(tmp_path))
