"""Rule "malformed": prompts whose form hides or breaks something, or that ask for too much work."""

from __future__ import annotations

from moderation.policy import Policy
from moderation.prompt_form import empty, malformed
from moderation.prompt_language.limits import asks_little, says_nothing, too_much
from moderation.prompt_language.parse import parse
from moderation.said import Said
from moderation.told import Told
from moderation.verdict import Action, Verdict

_NOTHING = parse("")


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge the form, alike under every policy. It comes first: no other rule can read a malformed prompt.

    Without any prompt the worker finds the words, and what is said beside it stands alone.
    """
    stands_alone = bool(said.beside) and not said.prompt
    reason = (
        malformed(said.prompt, Told("prompt"), may_be_empty=stands_alone)
        or malformed(said.negative_prompt, Told("negative prompt"), may_be_empty=True)
        or next(filter(None, (malformed(text, Told("text beside the prompt")) for text in said.beside)), None)
    )
    if reason is None and not stands_alone and says_nothing(said.prompt, lambda: said.tree):
        reason = empty(Told("prompt"))
    if reason:
        return Verdict(verdict=Action.BLOCK, reasons=(reason,))
    sentence = _too_much(said)
    return Verdict.of(Action.BLOCK, "malformed", "cost", sentence) if sentence else Verdict()


def _too_much(said: Said) -> str | None:
    if all(map(asks_little, (said.prompt, said.negative_prompt, *said.beside))):
        return None
    return too_much(said.tree, said.negative_tree, said.steps) or next(
        filter(None, (too_much(tree, _NOTHING, said.steps) for tree in said.trees_beside)), None
    )
