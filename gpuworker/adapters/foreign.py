"""What a file is that is no LoRA, told by the names of its tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TITLES: tuple[tuple[str, str], ...] = (
    (r"\.oft_R\b", "an OFT of peft"),
    (r"\.oft_diag\b", "an OFT of LyCORIS' first version"),
    (r"\.ia3_l\b", "an (IA)3 of peft"),
    (r"\.vera_lambda", "a VeRA"),
    (r"\.lora_embedding_", "a LoRA of an embedding layer"),
    (
        r"\A(?:emb_params|string_to_param|clip_[lg]|text_encoders_\d|<.+>)",
        "an embedding (put it into embeddings)",
    ),
    (r"\A(?:control_model\.|controlnet_|input_hint_block|lora_controlnet)", "a control network"),
    (r"\A(?:ip_adapter|image_proj)\b", "an IP adapter"),
    (
        r"\A(?:model\.diffusion_model|first_stage_model|cond_stage_model|conditioner)\.",
        "a checkpoint (put it into checkpoints)",
    ),
    (r"\A(?:encoder|decoder)\.(?:conv_in|down|mid|mid_block|up)\b", "an autoencoder"),
    (r"\A(?:down_blocks|conv_in|time_embedding)\.", "a UNet"),
    (r"\A\d+\.[01]\.linear\.", "a hypernetwork"),
)


def foreign_title(names: Iterable[str]) -> str | None:
    """Say what a file with tensors of such names is, or None if that is not known."""
    names = list(names)
    return next((title for mark, title in _TITLES if any(re.search(mark, name) for name in names)), None)
