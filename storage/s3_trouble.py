"""What is wrong with a store that speaks S3, in one sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_REGION = "set AWS_REGION to the one in which the bucket is"
_NEWER = f"its keys are no longer valid: set {_KEYS} to others, and AWS_SESSION_TOKEN if these need it"
_BY_CODE: Mapping[str, str] = {
    "InvalidAccessKeyId": f"it does not know this key: correct {_KEYS}",
    "SignatureDoesNotMatch": f"the secret is not that of the key: correct {_KEYS}",
    "AccessDenied": f"let this key do what docker/s3-bot.json or s3-worker.json has, or correct {_KEYS}",
    "NoSuchBucket": "make the bucket, or correct DARKROOM_BLOBS",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "RequestTimeTooSkewed": "set the clock of this machine",
    "ExpiredToken": _NEWER,
    "InvalidToken": _NEWER,
}
"""What to do, by the codes that S3 has for what is wrong."""
_BY_WORDS: Mapping[str, str] = {
    "169.254.": f"asks for keys: set {_KEYS}",
    "Received redirect": f"is in another region: {_REGION}",
    "privileges": f"refuses this key: correct {_KEYS}, or what they may do",
    "builder error": f"has no address that makes sense: correct {ENDPOINTS[1]}",
    "error sending request": f"is away: start it, correct {ENDPOINTS[1]}, or see to the network and to TLS",
}
"""The same by what the client says where S3 says nothing; the first that fits."""


def s3_trouble(place: str, error: BaseException) -> str | None:
    """Say what is wrong with the store at `s3://...`, and what to do; None where nobody knows."""
    said = str(error)
    code = re.search(r"<Code>(\w+)</Code>", said)
    if code and code[1] in _BY_CODE:
        return f"The picture store {place} cannot be used ({code[1]}): {_BY_CODE[code[1]]}."
    tail = next((tail for words, tail in _BY_WORDS.items() if words in said), None)
    return tail and f"The picture store {place} {tail}."


def wrong_endpoint(environment: Mapping[str, str]) -> str | None:
    """Say what is wrong with the address of a store of one's own, before anything is sent there."""
    for name in ENDPOINTS:
        address = environment.get(name)
        if address is None:
            continue
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return f"{name} must be as in https://s3.example or http://127.0.0.1:8333"
        if parts.scheme == "http" and environment.get("AWS_ALLOW_HTTP", "").lower() not in ("true", "1"):
            return f"{name} is plain http://, which has to be allowed by AWS_ALLOW_HTTP=true"
    return None


def no_bucket(error: BaseException) -> bool:
    """Say whether something is missing because the whole bucket is."""
    return "<Code>NoSuchBucket</Code>" in str(error)
