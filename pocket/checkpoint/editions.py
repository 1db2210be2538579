"""The pocket checkpoints: one of each family that is served, so that each can be used and tested offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffusers import UNet2DConditionModel
from transformers import CLIPTokenizer

from pocket.checkpoint.latents import PIXELS_PER_LATENT
from pocket.checkpoint.prompts import OneTower, Prompts, Tower, TwoTowers
from pocket.checkpoint.text_tower import new_text_tower
from pocket.checkpoint.tokenizer import new_tokenizer

CHANNELS = (32, 64, 128, 144)


@dataclass(frozen=True)
class Edition:
    """What tells a pocket checkpoint from the others.

    `side` is the width and height of its pictures in pixels, `widths` are those of its text towers, `parent`
    is the edition whose weights its UNet begins with, where they fit, and `pad` the token that fills prompts.
    """

    name: str
    family: str
    side: int
    widths: tuple[int, ...]
    parent: str | None = None
    pad: str | None = None

    def new_prompts(self) -> Prompts:
        """Give untrained text towers, with their tokenizers."""
        tokenizers = [new_tokenizer(self.pad) for _ in self.widths]
        projected = self.family == "sdxl"
        towers = [
            new_text_tower(tokenizer, width, projected=projected and place == 1)
            for place, (tokenizer, width) in enumerate(zip(tokenizers, self.widths, strict=True))
        ]
        return self.prompts_of(towers, tokenizers)

    def prompts_of(self, towers: Sequence[Tower], tokenizers: Sequence[CLIPTokenizer]) -> Prompts:
        """Give text towers that may be trained already, with their tokenizers."""
        if self.family == "sdxl":
            return TwoTowers(towers, tokenizers, self.side)
        return OneTower(towers, tokenizers)

    def new_unet(self) -> UNet2DConditionModel:
        """Make a UNet with attention at a quarter of the latents' side, and in the middle at an eighth.

        At half the side, attention would halve the speed. Fewer channels at the full side would save nothing.
        """
        told = {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 32,
            # Six numbers of 32 for the sizes, and the second tower's pooled state.
            "projection_class_embeddings_input_dim": 6 * 32 + self.widths[-1],
        }
        return UNet2DConditionModel(
            sample_size=self.side // PIXELS_PER_LATENT,
            block_out_channels=CHANNELS,
            down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
            layers_per_block=1,
            cross_attention_dim=sum(self.widths),
            # The number of heads, in spite of its name, as in every Stable Diffusion 1.x config.
            attention_head_dim=4,
            norm_num_groups=4,
            use_linear_projection=self.family != "sd1",
            **(told if self.family == "sdxl" else {}),
        )


EDITIONS = {
    edition.name: edition
    for edition in (
        Edition("pocket", "sd1", 128, (128,)),
        # A later release, as 2.x was: another text tower, another token that fills prompts.
        Edition("pocket-2", "sd2", 128, (160,), parent="pocket", pad="!"),
        Edition("pocket-xl", "sdxl", 192, (128, 160), parent="pocket"),
    )
}
