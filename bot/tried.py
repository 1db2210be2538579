"""What a channel would say to words and a picture: asked as of a job, with nothing made and nothing kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

import discord

from bot.attachments import cleaned
from bot.channels import policy_of
from bot.language import Language, private
from bot.permitted import NO_ATTACHMENTS, refuse_by_policy
from bot.photographed import shows_somebody
from bot.policies import ACTIONS
from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from bot.wording import escape
from moderation.judge import judge_prompt, judge_words_of_somebody, judge_writing
from moderation.policy import Policy
from moderation.told import Told
from moderation.verdict import Action, Verdict, most_severe
from tasks.presets import usual_task

_SHAPE = 512, 512


async def tried(
    interaction: Interaction, prompt: str | None, negative: str, picture: discord.Attachment | None
) -> list[str]:
    """Say what the channel's policy would do with a prompt, with a picture, or with one that begins with it.

    Raises Refusal, DetectorError, DatabaseAway, BlobStoreAway.
    """
    studio, language = interaction.client.studio, private(interaction)
    policy = await policy_of(studio, interaction.channel, interaction.user.id)
    png = await cleaned(studio, picture) if picture is not None else None
    lines = []
    if prompt is not None:
        verdicts = [await asyncio.to_thread(judge_prompt, prompt, negative, policy)]
        if png is not None:
            verdicts += await _together(studio, png, policy, prompt, negative)
        against = await _why_not(interaction, policy, prompt, negative)
        said = _said(language, most_severe(verdicts), policy, against)
        lines.append(language.say("The prompt: {verdict}", verdict=said))
    if png is not None:
        checkpoint, gallery = (
            studio.settings.default_checkpoint,
            await studio.gallery.of(interaction.guild_id),
        )
        verdict = await studio.reviewer.judge(png, policy, prompt or "", checkpoint, gallery)
        said = _said(language, verdict, policy, () if policy.attachments else (NO_ATTACHMENTS,))
        lines.append(language.say("The picture: {verdict}", verdict=said))
    return lines


async def _together(studio: Studio, png: bytes, policy: Policy, prompt: str, negative: str) -> list[Verdict]:
    """Judge a prompt beside what is written in a picture, and beside who is in it."""
    blob = hashlib.sha256(png).hexdigest()

    async def fetch(_: str) -> bytes:
        return png

    written = await studio.reviewer.written(blob, fetch)
    verdicts = [await asyncio.to_thread(judge_writing, written, policy, (prompt,))]
    of_somebody = await asyncio.to_thread(judge_words_of_somebody, prompt, negative)
    if of_somebody.blocked:
        was_made_here = blob not in await studio.lineage.roots([blob])
        if was_made_here:
            is_somebody = await shows_somebody(studio, [blob])
        else:
            is_somebody = await studio.reviewer.shows_face(blob, fetch)
        verdicts += [of_somebody] if is_somebody else []
    return verdicts


async def _why_not(interaction: Interaction, policy: Policy, prompt: str, negative: str) -> tuple[Told, ...]:
    """Say what the policy has against a job with these words and whoever asks, whatever the words mean."""
    if not prompt:
        return ()
    studio = interaction.client.studio
    checkpoint = studio.settings.default_checkpoint
    task = usual_task(prompt, _SHAPE, max(_SHAPE)).model_copy(update={"negative_prompt": negative})
    try:
        await refuse_by_policy(studio, policy, interaction.user, task, checkpoint)
    except Refusal as refusal:
        return (refusal.said,)
    return ()


def _said(language: Language, verdict: Verdict, policy: Policy, against: Sequence[Told]) -> str:
    action = Action.BLOCK if against else verdict.verdict
    lines = [f"**{language.of(ACTIONS[policy.warned if action is Action.WARN else action])}**."]
    lines += [f"- {language.of(each)}" for each in against]
    for reason in verdict.reasons:
        why = escape(language.of(reason.explanation))
        lines.append(language.say("- {why} (rule `{rule}`)", why=why, rule=reason.rule))
    return "\n".join(lines)
