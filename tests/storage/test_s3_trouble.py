"""What a store that speaks S3 refuses is told in a sentence that says what to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from storage import blobs
from storage.blobs import BlobMissing, Blobs, BlobStoreAway, BlobStoreFull
from storage.s3_trouble import wrong_endpoint

SHA = "f" * 64
STORE = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_REGION": "here"}


class Refusing(BaseHTTPRequestHandler):
    status, code = 403, "AccessDenied"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"<Error>\n<Code>{self.code}</Code><Message>No.</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PUT = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blobs]:
    monkeypatch.setitem(blobs._RETRIES, "max_retries", 0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        for name, value in {**STORE, "AWS_ALLOW_HTTP": "true"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield Blobs("s3://pictures/mine")
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (403, "InvalidAccessKeyId", "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (403, "SignatureDoesNotMatch", "the secret is not that of the key"),
        (403, "AccessDenied", "docker/s3-bot.json"),
        (403, "OtherThings", "refuses this key"),
        (404, "NoSuchBucket", "make the bucket, or correct DARKROOM_BLOBS"),
        (301, "PermanentRedirect", "AWS_REGION"),
        (400, "AuthorizationHeaderMalformed", "AWS_REGION"),
        (403, "RequestTimeTooSkewed", "the clock"),
        (400, "ExpiredToken", "AWS_SESSION_TOKEN"),
    ],
)
def test_each_refusal_says_what_to_do(
    store: Blobs, status: int, code: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Refusing, "status", status)
    monkeypatch.setattr(Refusing, "code", code)
    for act in (lambda: store.put(b"a picture"), lambda: store.get(SHA)):
        with pytest.raises(BlobStoreAway) as told:
            act()
        assert str(told.value).startswith("The picture store s3://pictures/mine ")
        assert says in str(told.value)
        assert not any(each in str(told.value) for each in ("<", "\n", "hunter2"))


def test_a_missing_picture_and_a_full_disk_are_what_they_are(
    store: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Refusing, "status", 404)
    monkeypatch.setattr(Refusing, "code", "NoSuchKey")
    with pytest.raises(BlobMissing):
        store.get(SHA)
    monkeypatch.setattr(Refusing, "status", 507)
    with pytest.raises(BlobStoreFull):
        store.put(b"a picture")


@pytest.mark.usefixtures("store")
def test_without_keys_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(BlobStoreAway, match=r"asks for keys: set AWS_ACCESS_KEY_ID and"):
        Blobs("s3://pictures").put(b"a picture")


@pytest.mark.parametrize(
    ("address", "allowed", "says"),
    [
        ("http://127.0.0.1:8333", None, "has to be allowed by AWS_ALLOW_HTTP=true"),
        ("http://127.0.0.1:8333", "true", None),
        ("https://s3.example", None, None),
        ("127.0.0.1:8333", "true", "must be as in https://s3.example"),
    ],
)
def test_an_address_that_cannot_be_right_is_told_before_it_is_asked(
    address: str, allowed: str | None, says: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"AWS_ENDPOINT_URL": address, **({"AWS_ALLOW_HTTP": allowed} if allowed else {})}
    assert (says or "") in (wrong_endpoint(environment) or "")
    assert (wrong_endpoint(environment) is None) == (says is None)
    monkeypatch.delenv("AWS_ALLOW_HTTP", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if says:
        with pytest.raises(BlobStoreAway, match=r"^Pictures cannot be kept in s3://pictures: AWS_ENDPOINT"):
            Blobs("s3://pictures")
