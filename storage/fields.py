"""The kinds of fields that several values have."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from moderation.prompt_form import PROMPT_LIMIT

BlobHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Carried = dict[str, BlobHash]
"""Embeddings or LoRAs by name, each with the blob of its safetensors file."""
Prompt = Annotated[str, StringConstraints(min_length=1, max_length=PROMPT_LIMIT)]
Strength = Annotated[float, Field(gt=0, le=1)]
"""The share of the steps that are run: at 1 little is left of the picture that they start from."""
LEAST_GUIDANCE, MOST_GUIDANCE = 1.0, 30.0
Guidance = Annotated[float, Field(ge=LEAST_GUIDANCE, le=MOST_GUIDANCE)]
"""The weight of the prompt against no prompt."""
