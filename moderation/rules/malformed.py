"""Rule "malformed": prompts whose form hides or breaks something, and those that ask for too much work."""

from __future__ import annotations

from moderation.policy import Policy
from moderation.prompt_form import malformed
from moderation.prompt_language.limits import too_much
from moderation.said import Said
from moderation.verdict import Action, Verdict


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge the form, the same in every policy. It comes first: no other rule can read what is malformed."""
    reason = malformed(said.prompt, "prompt") or malformed(
        said.negative_prompt, "negative prompt", may_be_empty=True
    )
    if reason:
        return Verdict(verdict=Action.BLOCK, reasons=(reason,))
    if sentence := too_much(said.tree, said.negative_tree, said.steps):
        return Verdict.of(Action.BLOCK, "malformed", "cost", sentence)
    return Verdict()
