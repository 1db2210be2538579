"""Who is on a list may have themselves drawn, once a moderator knows them; nobody else may, nor anything."""

from __future__ import annotations

from moderation.policy import Policy
from tests.bot.actions.test_report import card, heard, moderators_channel, told
from tests.bot.conftest import PATIENCE, Chat, is_picture, is_result
from tests.discord_emulator.people import Member

QUICK = {"count": 1, "quality": "draft", "anatomy": "off: none"}
PROMPT = "tom hanks at the sea"


async def refusal(chat: Chat, member: Member, prompt: str = PROMPT) -> str:
    return await told(await member.command(chat.channel, "imagine", prompt=prompt, **QUICK))


async def consent(chat: Chat, by: Member, **options: object) -> str:
    return await told(await by.command(chat.channel, "policy consent", **options))


async def test_a_member_whom_a_moderator_knows_is_drawn_by_name_and_nobody_else(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    assert "Nobody of whom you may know" in await consent(chat, chat.ada)
    assert "has to know that you are Tom Hanks" in await consent(chat, chat.ada, name="tom  hanks")
    assert "is a name" in await refusal(chat, chat.ada), "nobody has confirmed it yet"
    asked = await card(desk, "a name of the lists is their own")
    assert "The name: Tom Hanks" in asked.content
    await chat.moderator.press(asked, "Approve")
    assert "confirmed that you are Tom Hanks" in (await heard(chat.ada, "nobody else may")).content
    drawn = await chat.ada.command(chat.channel, "imagine", prompt=PROMPT, **{**QUICK, "count": 2})
    posted = await drawn.message(is_result, PATIENCE)
    assert PROMPT in posted.content
    await (await chat.ada.press(posted, "U1")).message(is_picture, PATIENCE)
    assert "is a name" in await told(await chat.ben.press(posted, "V1 subtle"))
    assert "is a name" in await refusal(chat, chat.ben)
    assert "Sexualised pictures of real people" in await refusal(chat, chat.ada, "tom hanks naked")

    assert "may have Tom Hanks drawn" in await consent(chat, chat.ada)
    assert "Nobody of whom" in await consent(chat, chat.ben)
    assert "Only moderators" in await consent(chat, chat.ben, name="Tom Hanks", end=True, member=chat.ada)
    said = await consent(chat, chat.moderator, name="tom hanks", end=True, member=chat.ada)
    assert f"refused for {chat.ada.mention} again" in said
    assert "is a name" in await refusal(chat, chat.ada)
    assert "decided about this today" in await consent(chat, chat.ada, name="Tom Hanks")
    log = await told(await chat.moderator.command(chat.channel, "mod log"))
    assert "`consent`" in log
    assert "`consent ended`" in log


async def test_what_is_not_confirmed_or_nobodys_stays_refused(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    added = Policy(names_added=("Orla Vanterpool",))
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, added, chat.moderator.id)
    assert "on no list" in await consent(chat, chat.ada, name="Ada Somebody")
    assert "is a character" in await consent(chat, chat.ada, name="Harry Potter")
    assert "for themselves" in await consent(chat, chat.moderator, name="Tom Hanks", member=chat.ada)
    assert "has not consented" in await consent(chat, chat.ada, name="Tom Hanks", end=True)
    assert "has to know that you are Orla Vanterpool" in await consent(chat, chat.ada, name="Orla Vanterpool")
    await chat.moderator.press(await card(desk, "a name of the lists is their own"), "Reject")
    await heard(chat.ada, "did not confirm")
    assert "is a name" in await refusal(chat, chat.ada, "orla vanterpool at the sea")
