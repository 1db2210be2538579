"""What is no longer as it was is named."""

from __future__ import annotations

import pytest

from storage.add_on_hashes import AddOnHashes

THEN = AddOnHashes(loras={"ink": "ab", "oil": "cd"}, embeddings={"neg": "ef"})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, None),
        ({"loras": {"ink": "ab", "oil": "00"}}, "The LoRA oil is no longer as it was"),
        ({"embeddings": {"neg": "00"}}, "The embedding neg is no longer as it was"),
        ({"embeddings": {}}, "The embedding neg, which drew this picture, is not used any more"),
        ({"embeddings": {"neg": "ef", "sea": "11"}}, "There is an embedding called sea now, "),
    ],
)
def test_the_first_difference_is_told(changed: dict[str, dict[str, str]], said: str | None) -> None:
    found = THEN.changed_to(THEN.model_copy(update=changed))
    assert (found is None) is (said is None)
    assert said is None or (found or "").startswith(said)
