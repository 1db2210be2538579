"""CLIP's tokenizer, and the padding of each family."""

from __future__ import annotations

from gpuworker.checkpoints.tokenizers import clip_tokenizer, tokenizers_of
from gpuworker.families.sd1.family import SD1
from gpuworker.families.sd2.family import SD2
from gpuworker.families.sdxl.family import SDXL


def test_the_other_families_pad_as_openclip_does() -> None:
    tokenizers = tokenizers_of(SDXL)
    padded = {
        name: tokenizer("a cat", padding="max_length", max_length=5).input_ids
        for name, tokenizer in tokenizers.items()
    }
    assert padded == {
        "tokenizer": [49406, 320, 2368, 49407, 49407],
        "tokenizer_2": [49406, 320, 2368, 49407, 0],
    }
    assert tokenizers_of(SD2)["tokenizer"].pad_token_id == 0
    assert tokenizers_of(SD1)["tokenizer"].pad_token_id == 49407


def test_the_packaged_tokenizer_is_clips() -> None:
    tokenizer = clip_tokenizer()
    assert len(tokenizer) == 49_408
    assert tokenizer.model_max_length == 77
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer("A PHOTO of a cat").input_ids == tokenizer("a photo of a cat").input_ids
