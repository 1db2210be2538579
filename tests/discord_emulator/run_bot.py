"""Run the real bot in a process of its own against the emulator, for tests that kill it.

    subprocess.Popen([sys.executable, "-m", "tests.discord_emulator.run_bot", "bot"],
                     env=os.environ | emulator.environment)

Only the addresses that discord.py has hard-coded and the hosts of files are changed; the arguments go to
`darkroom`. With HISTORY in its environment, the bot writes what it delivers into that file (see
tests/chaos/history.py).
"""

import importlib
import logging
import os
from pathlib import Path

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.chaos.history import Writes
from tests.discord_emulator.hosts import resolved


def redirect() -> None:
    """Point discord.py at the emulator named in the environment."""
    Route.BASE = os.environ["DISCORD_EMULATOR_API"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_EMULATOR_GATEWAY"])
    resolved(os.environ["DISCORD_EMULATOR_CDN"], []).start()


if __name__ == "__main__":
    redirect()
    if file := os.environ.get("HISTORY"):
        logging.getLogger("bot.delivery").addHandler(Writes(Path(file), Path(file).stem))
    importlib.import_module("darkroom").main()
