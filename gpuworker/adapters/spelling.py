"""What a tensor of a LoRA file is to its layer, however it is spelt."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

_NAMED = r"(?:\.(?!weight$|bias$)\w+)?"
"""The name of an adapter, which peft may leave inside."""
_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"\.lora_up(?:\.weight)?", "up"),
    (r"\.lora_down(?:\.weight)?", "down"),
    (r"\.lora_mid(?:\.weight)?", "mid"),
    (rf"\.lora_B{_NAMED}(?:\.weight)?", "up"),
    (rf"\.lora_A{_NAMED}(?:\.weight)?", "down"),
    (rf"\.lora_B{_NAMED}\.bias", "up_bias"),
    (r"(?:\.lora_linear_layer|\.lora|_lora)\.up\.weight", "up"),
    (r"(?:\.lora_linear_layer|\.lora|_lora)\.down\.weight", "down"),
    (r"(?:\.lora_linear_layer|\.lora|_lora)\.alpha", "alpha"),
    (rf"\.lora_magnitude_vector{_NAMED}(?:\.weight)?", "magnitude"),
    (rf"\.(hada_w[12]_[ab]|hada_t[12]){_NAMED}", r"\1"),
    (rf"\.(lokr_w[12](?:_[ab])?|lokr_t[12]){_NAMED}", r"\1"),
    (r"\.([ab][12]|bm)\.weight", r"glora_\1"),
    (r"\.(alpha|dora_scale|scalar|rescale|on_input|oft_blocks|w_norm|b_norm|diff|diff_b)", r"\1"),
    (r"\.(weight|bias)", r"\1"),
)
"""The end of a tensor's name, and what it is called here: the names of kohya's scripts and LyCORIS."""
_ENDS = tuple((re.compile(end + r"\Z"), part) for end, part in _SPELLINGS)
_FOREIGN = re.compile(r"\.(?:oft_R|oft_diag|ia3_l|vera_lambda_\w+|lora_embedding_\w+)(?:\.|\Z)")
"""Parts of kinds that are not known here, though their names may end like others."""
_PROCESSOR = re.compile(r"\.processor\.")
_BUNDLED = re.compile(r"bundle_emb\.(?P<name>.+)\.(?P<part>string_to_param\.\*|clip_[lg]|emb_params)\Z")


class Spelt(NamedTuple):
    """The tensors of a file by what they are for; the values are their names in the file.

    `layers` has them by the layer's name as the file has it, and by part; `bundled` are embeddings by word
    and part; `strange` are those that are none of these.
    """

    layers: dict[str, dict[str, str]]
    bundled: dict[str, dict[str, str]]
    strange: list[str]


def sort_out(names: Iterable[str]) -> Spelt:
    """Say of each tensor of a file what it is."""
    spelt = Spelt(defaultdict(dict), defaultdict(dict), [])
    for name in names:
        if bundled := _BUNDLED.match(name):
            spelt.bundled[bundled["name"]][bundled["part"]] = name
            continue
        for end, part in () if _FOREIGN.search(name) else _ENDS:
            if (found := end.search(name)) is not None and found.start():
                layer = _PROCESSOR.sub(".", name[: found.start()])
                called = found.expand(part)
                if called in spelt.layers[layer]:
                    spelt.strange.append(name)
                spelt.layers[layer][called] = name
                break
        else:
            spelt.strange.append(name)
    return spelt
