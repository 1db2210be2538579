"""Signed links to pictures: a worker that has no store of its own reads and adds them through a bot.

A link is good for one method, one name and some minutes, and whoever has the queue's key can make one.
Workers make them as they need them: a picture's name is its hash, which nobody knows before, and jobs may
wait for days.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from storage.signing import Signer

LINK_SECONDS = 600
"""How long a link is good for. A clock may be as much off, either way, from that of whoever checks it."""
LARGEST_BLOB = 512 * 2**20
"""Bytes: more than the state of a LoRA for SDXL while it is trained, which is the largest of blobs."""
IDENTITY = "identity.txt"
"""What a store is told apart from others by; whoever keeps it writes it."""
SCRATCH = "scratch/"
"""What the names of all that does not last begin with. A worker may delete nothing else."""
MARK = {"Darkroom": "pictures"}
"""A header of each answer: without it, some proxy or somebody else's server speaks."""

_ONE_KEY = "set DARKROOM_QUEUE_KEY of the bot and of all workers to the same"


class WrongLink(Exception):
    """Nobody who has the key made this link, or not now; the message says what to do."""


class BlobLinks:
    """Makes and checks links with a key of its own, which follows from the queue's."""

    def __init__(self, signer: Signer, clock: Callable[[], float] = time.time) -> None:
        """Raises WrongLink if the signer has no key."""
        key = signer.key_for("blob links")
        if key is None:
            raise WrongLink(f"Links to pictures are signed: {_ONE_KEY}.")
        self._key, self._clock = key, clock

    def signed(self, method: str, name: str) -> dict[str, str]:
        """Give the query of a link."""
        expires = str(int(self._clock()) + LINK_SECONDS)
        return {"expires": expires, "signature": self._mac(method, name, expires)}

    def check(self, method: str, name: str, query: Mapping[str, str]) -> None:
        """Raise WrongLink unless somebody with the same key made this link a while ago."""
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not signature:
            raise WrongLink(
                "The link is not signed: this store is for the workers of a farm, who have its key."
            )
        right = self._mac(method, name, expires)
        if not hmac.compare_digest(right.encode(), signature.encode(errors="replace")):
            raise WrongLink(f"The link is signed with another key: {_ONE_KEY}.")
        age = self._clock() - (int(expires) - LINK_SECONDS)
        if abs(age) > LINK_SECONDS:
            off = f"{abs(age) / 60:.0f} minutes {'old' if age > 0 else 'ahead of its time'}"
            raise WrongLink(f"The link is {off}: set the clocks of this machine and of the bot's right.")

    def _mac(self, method: str, name: str, expires: str) -> str:
        said = "\n".join((method, name, expires)).encode(errors="replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()
