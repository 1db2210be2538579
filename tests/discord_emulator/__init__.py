"""A Discord of our own, for tests: what the real discord.py logs in to, and what members would see.

    async with DiscordEmulator() as emulator:
        channel = emulator.guild().channel()
        with emulator.redirect():
            ...start the bot with emulator.token...

It refuses what Discord refuses (see errors.py for the codes), since a lenient emulator proves nothing.
"""

from .actors import ClientRefusal, Upload
from .attachments import Attachment
from .channels import Channel
from .emulator import DiscordEmulator
from .guilds import Guild
from .interactions import InteractionRun
from .mentions import Pings
from .messages import Message
from .people import Member, Role
from .ratelimits import RateLimitHit

__all__ = [
    "Attachment",
    "Channel",
    "ClientRefusal",
    "DiscordEmulator",
    "Guild",
    "InteractionRun",
    "Member",
    "Message",
    "Pings",
    "RateLimitHit",
    "Role",
    "Upload",
]
