"""The front door: the command line, whose commands are in `commands/`."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable

# Until all that follows is imported, which takes half a second, Ctrl+C ends the process without a traceback.
_ON_INTERRUPT = signal.signal(signal.SIGINT, signal.SIG_DFL)

import typer

from commands.alive import alive
from commands.backup import backup
from commands.blend import blend
from commands.check import check_picture, check_prompt
from commands.database import database
from commands.describe import describe
from commands.doctor import doctor
from commands.edit import edit
from commands.embeddings import embeddings
from commands.explain import explain
from commands.faces import faces
from commands.finish import finish
from commands.gallery import gallery
from commands.imagine import imagine
from commands.inspect import inspect
from commands.jobs import jobs
from commands.manifest import manifest
from commands.misfires import misfires
from commands.models import models
from commands.outpaint import outpaint
from commands.program import Program
from commands.restore import restore
from commands.services import bot, up, worker
from commands.shorten import shorten
from commands.terminal import bear_any_text
from commands.top import top
from commands.train import train
from commands.upscale import upscale
from commands.version import version

COMMANDS: tuple[Callable[..., None], ...] = (
    *(up, bot, worker),
    *(imagine, finish, edit, blend, outpaint, faces, upscale, explain, shorten, describe, train),
    *(check_prompt, check_picture, inspect, doctor, alive, top),
    *(backup, restore, database),
)

app = typer.Typer(
    cls=Program,
    callback=version,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
    help="A picture studio for Discord communities.",
)
app.add_typer(models, name="models")
app.add_typer(embeddings, name="embeddings")
app.add_typer(jobs, name="jobs")
app.add_typer(misfires, name="misfires")
app.add_typer(gallery, name="gallery")
app.add_typer(manifest, name="manifest")
for command in COMMANDS:
    app.command()(command)


signal.signal(signal.SIGINT, _ON_INTERRUPT)


def main() -> None:
    """Run the command line. SIGTERM ends it as Ctrl+C does: in order, with what it started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A short command keeps all that it imports: looking for garbage in it would take 0.2 s of its 0.6 s.
    gc.disable()
    bear_any_text()
    try:
        app()
    except KeyboardInterrupt:
        # It came before the program was there to answer it, or after it was done.
        sys.exit(Program.INTERRUPTED)
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
