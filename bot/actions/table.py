"""Everything that can be pressed, chosen and filled in, by the names in custom_ids."""

from __future__ import annotations

from collections.abc import Mapping

from bot.actions import captions, decide, outpaint, redraw, remix, report, train, upscale, vary
from bot.actions.again import again
from bot.actions.appeal import appeal
from bot.actions.cancel import cancel
from bot.actions.delete import delete
from bot.actions.describe import describe
from bot.actions.detail import detail
from bot.actions.discarded import discarded
from bot.actions.explain import explain
from bot.actions.faces import faces
from bot.actions.fetch import fetch
from bot.actions.finish import finish
from bot.actions.imagine import imagine
from bot.actions.ranks import ranks
from bot.actions.repost import repost
from bot.actions.reroll import reroll
from bot.actions.show import show
from bot.actions.withheld import withheld
from bot.actions.without import without
from bot.studio import Action, CaseAction, Form

ACTIONS: Mapping[str, Action] = {
    **{
        action.__name__: action
        for action in (
            *(show, reroll, again, finish, detail, faces, describe),
            *(imagine, explain, ranks, delete, cancel, fetch, repost, discarded),
            *(report.report, without, appeal, withheld),
        )
    },
    **captions.ACTIONS,
    **vary.ACTIONS,
    **upscale.ACTIONS,
    **outpaint.ACTIONS,
    **redraw.ACTIONS,
}

CASES: Mapping[str, CaseAction] = decide.CASES

FORMS: Mapping[str, Form] = {
    **redraw.FORMS,
    **remix.FORMS,
    **report.FORMS,
    **decide.FORMS,
    **train.FORMS,
    **captions.FORMS,
}
"""By how a form's custom_id begins, up to its first colon."""
