"""The policy that an operator names, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from commands.terminal import fail

if TYPE_CHECKING:
    from moderation.policy import Policy

PolicyOption = Annotated[str, typer.Option("--policy", help="sfw, nsfw, or a JSON file.")]


def policy_of(text: str) -> Policy:
    """Read a policy by its name or file, or end with what is wrong with it."""
    from moderation.policy import PolicyError, load_policy

    try:
        return load_policy(text)
    except PolicyError as error:
        fail(str(error))


def refuse_blocked(
    prompt: str, negative: str, policy: Policy, steps: int, beside: Iterable[str] = ()
) -> None:
    """End with the reason if the policy forbids what is said, or if it names an add-on in the wrong place.

    `beside` are the other texts that say what shall be there, such as the words of a mask.
    """
    from moderation.judge import judge_prompt
    from moderation.prompt_language.limits import misplaced_addon
    from moderation.prompt_language.parse import parse

    verdict = judge_prompt(prompt, negative, policy, steps=steps, beside=beside)
    if verdict.blocked:
        fail(" ".join(reason.explanation for reason in verdict.reasons))
    if sentence := misplaced_addon(parse(prompt), parse(negative)):
        fail(sentence)
