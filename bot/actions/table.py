"""Everything that can be pressed, chosen and filled in, by the names in custom_ids."""

from __future__ import annotations

from collections.abc import Mapping

from bot.actions import outpaint, redraw, upscale, vary
from bot.actions.again import again
from bot.actions.cancel import cancel
from bot.actions.delete import delete
from bot.actions.describe import describe
from bot.actions.detail import detail
from bot.actions.discarded import discarded
from bot.actions.explain import explain
from bot.actions.faces import faces
from bot.actions.fetch import fetch
from bot.actions.imagine import imagine
from bot.actions.ranks import ranks
from bot.actions.reroll import reroll
from bot.actions.show import show
from bot.studio import Action, Form

ACTIONS: Mapping[str, Action] = {
    **{
        action.__name__: action
        for action in (
            *(show, reroll, again, detail, faces, describe),
            *(imagine, explain, ranks, delete, cancel, fetch, discarded),
        )
    },
    **vary.ACTIONS,
    **upscale.ACTIONS,
    **outpaint.ACTIONS,
    **redraw.ACTIONS,
}

FORMS: Mapping[str, Form] = redraw.FORMS
"""By how a form's custom_id begins, up to its first colon."""
