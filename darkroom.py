"""The front door: the command line, and nothing else.

Every command imports what it needs when it runs, so that `darkroom imagine` does not wait for torch.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from gpuworker.models.commands import models

if TYPE_CHECKING:
    import redis

    from moderation.verdict import Verdict
    from storage.events import Finished
    from storage.jobs import Imagine, Job, Noise, Sampling, Start, Task, Upscale
    from storage.served import ServedCheckpoint
    from storage.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A picture studio for Discord communities."
)
app.add_typer(models, name="models")
out, err = Console(highlight=False), Console(stderr=True, highlight=False)

WORKER_START_SECONDS = 120.0
"""A worker that starts loads torch and a checkpoint first; from a slow disk that takes its time."""

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
PolicyOption = Annotated[str, typer.Option("--policy", help="sfw, nsfw, or a JSON file.")]


@app.command()
def up() -> None:
    """Run everything on this machine: Redis unless a URL is set, one worker, the bot."""
    from storage.settings import BotSettings

    settings = _settings(BotSettings)
    if settings.discord_token is None:
        _fail(
            "No Discord token: set DARKROOM_DISCORD_TOKEN (the README shows where it comes from). "
            "Without Discord, try: darkroom imagine 'a red circle over the sea'"
        )
    _begin_service()
    with _redis(settings), _worker_process(settings, keep=True):
        _run_bot(settings)


@app.command()
def bot() -> None:
    """Run the Discord side of a farm."""
    from storage.settings import BotSettings

    settings = _settings(BotSettings)
    _begin_service()
    with _redis(settings):
        _run_bot(settings)


@app.command()
def worker(
    seats: Annotated[int | None, typer.Option(min=1, help="Jobs taken at once.")] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(help="Serve only this checkpoint; may be repeated.")
    ] = None,
) -> None:
    """Run one GPU worker of a farm (on the CPU where there is no GPU)."""
    from gpuworker.worker import run_worker
    from storage.settings import Settings

    settings = _settings(Settings)
    _begin_service()
    with _redis(settings):
        run_worker(settings, seats=seats, checkpoints=checkpoint)


@app.command()
def imagine(
    prompt: Annotated[str, typer.Argument(help="What should be in the picture.")],
    negative: Annotated[str, typer.Option(help="What should not be in it.")] = "",
    image: Annotated[
        Path | None, typer.Option(help="A picture to start from; its transparent parts are filled.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="How much of it may change: above 0, up to 1.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Of the picture's size, white where it shall change.")
    ] = None,
    freeze: Annotated[Path | None, typer.Option(help="Take over the noise of this earlier picture.")] = None,
    size: Annotated[
        str | None,
        typer.Option(
            help="square, portrait, landscape, wide, or WIDTHxHEIGHT; else square, or as the image."
        ),
    ] = None,
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    imagination: Annotated[str, typer.Option(help="wild, free, balanced, faithful or literal.")] = "balanced",
    steps: Annotated[int | None, typer.Option(help="Denoising steps, instead of a quality.")] = None,
    sampler: Annotated[str | None, typer.Option(help="euler, euler_a, dpmpp_2m, ddim, ...")] = None,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale, instead of an imagination.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same picture.")] = None,
    count: Annotated[int, typer.Option(help="How many pictures.")] = 1,
    best_of: Annotated[
        int | None,
        typer.Option(min=1, max=16, help="Make so many, and keep those that go best with the prompt."),
    ] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the pictures go.")] = Path(),
    as_json: Json = False,
) -> None:
    """Render pictures through the same queue and worker as a member's job, and print their paths."""
    from storage.settings import Settings

    settings = _settings(Settings)
    name = checkpoint or settings.default_checkpoint
    chosen_policy = _load_policy(policy)
    asked_steps = _steps(quality, steps)
    _refuse_blocked(prompt, negative, chosen_policy, asked_steps)
    noises = _noises(seed, best_of or count, freeze)
    start, shape = _start(settings, image, mask, strength)
    with _farm(settings, name) as (connection, served):
        task = _imagine_task(
            prompt,
            negative,
            size,
            quality,
            imagination,
            asked_steps,
            sampler,
            guidance,
            noises,
            best_of and min(count, best_of),
            start,
            shape,
            served.side,
        )
        _hand_over(settings, _render(connection, task, name, chosen_policy), folder, as_json)


@app.command()
def outpaint(
    file: Annotated[Path, typer.Argument(help="The picture.")],
    left: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    right: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    up: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    down: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    zoom: Annotated[float | None, typer.Option(help="So much wider and higher, such as 1.5 or 2.")] = None,
    square: Annotated[bool, typer.Option("--square", help="Make both sides equal.")] = False,
    head_room: Annotated[
        bool, typer.Option("--head-room", help="Give back the head that the upper border cut off.")
    ] = False,
    prompt: Annotated[str | None, typer.Option(help="What it shows; else as its recipe says.")] = None,
    negative: Annotated[str, typer.Option(help="What should not be in it.")] = "",
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    seed: Annotated[int | None, typer.Option(help="The same seed paints the same.")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(),
    as_json: Json = False,
) -> None:
    """Paint what is beyond the borders of a picture; the picture itself stays as it is, pixel for pixel."""
    from bot.outpainting import NothingToPaint, outpainting, squared_up, zoomed_out
    from storage.jobs import MOST_SIDE, Margins, TooLarge
    from storage.settings import Settings

    settings = _settings(Settings)
    chosen_policy = _load_policy(policy)
    like = _like(file, prompt, negative, quality)
    _refuse_blocked(like.prompt, like.negative_prompt, chosen_policy, like.steps)
    sides = {"left": left, "right": right, "up": up, "down": down}
    if sum((any(sides.values()), zoom is not None, square, head_room)) != 1:
        _fail("Say where to grow, in one way: sides such as --up 64, or --zoom 2, --square or --head-room.")
    blob, mask, size = _kept(settings, file, None)
    if mask is not None:
        _fail(f"{file} is transparent in parts: have them filled first, by darkroom imagine --image {file}.")
    (noise,) = _noises(seed, 1, None)
    try:
        margins = None
        if zoom is not None:
            margins = zoomed_out(size, zoom)
        elif square:
            margins = squared_up(size)
        elif not head_room:
            margins = Margins.model_validate(sides)
        if margins is not None:
            margins.around(size)
    except (NothingToPaint, TooLarge) as error:
        _fail(str(error))
    except (ValueError, OverflowError):
        _fail(f"{file} would grow too large: the most that I paint is {MOST_SIDE} pixels a side.")
    name = checkpoint or settings.default_checkpoint
    with _farm(settings, name) as (connection, served):
        task = outpainting(like, blob, size, margins, served.side, noise)
        _hand_over(settings, _render(connection, task, name, chosen_policy), folder, as_json)


@app.command()
def upscale(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    factor: Annotated[int, typer.Option(help="2 or 4: how many times as wide and as high.")] = 2,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(),
    as_json: Json = False,
) -> None:
    """Make a picture larger through the same queue and worker as a member's job, and print its path."""
    from storage.settings import Settings

    settings = _settings(Settings)
    chosen_policy = _load_policy(policy)
    task = _upscale_task(settings, file, factor)
    if task.prompt:
        _refuse_blocked(task.prompt, task.negative_prompt, chosen_policy, task.steps)
    name = settings.default_checkpoint
    with _farm(settings, name) as (connection, _):
        _hand_over(settings, _render(connection, task, name, chosen_policy), folder, as_json)


@app.command()
def explain(
    prompt: Annotated[str, typer.Argument(help="The prompt.")],
    steps: Annotated[int, typer.Option(min=1, max=150, help="For which schedules are played out.")] = 20,
    as_json: Json = False,
) -> None:
    """Show how a prompt is read: what each word weighs, what is drawn when, and in how many chunks."""
    from gpuworker.checkpoints.tokenizers import clip_tokenizer
    from moderation.prompt_language.explanation import explain as explained
    from moderation.prompt_language.limits import missing_addon, too_much
    from moderation.prompt_language.parse import parse

    tree, tokenizer = parse(prompt), clip_tokenizer()

    def tokens(words: str) -> int:
        return len(tokenizer(words, add_special_tokens=False, verbose=False).input_ids)

    told = [
        {
            "steps": list(moment.steps),
            "branches": [
                {
                    "weight": branch.weight,
                    "sections": [
                        {
                            "tokens": sum(tokens(words.text) for words in section),
                            "words": [words._asdict() for words in section],
                        }
                        for section in branch.sections
                    ],
                }
                for branch in moment.branches
            ],
        }
        for moment in explained(tree, steps)
    ]
    refused = too_much(tree, parse(""), steps) or missing_addon(prompt)
    if as_json:
        answer = {"prompt": str(tree), "moments": told, "refused": refused}
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    _print_reading(told)
    if refused:
        out.print(refused, style="yellow", markup=False, soft_wrap=True)


@app.command()
def describe(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    checkpoint: Annotated[str | None, typer.Option(help="Whose workers are asked.")] = None,
    policy: PolicyOption = "sfw",
    as_json: Json = False,
) -> None:
    """Find the words that go with a picture, and a prompt for more of its kind."""
    from rich.table import Table

    from storage.jobs import Describe
    from storage.settings import Settings

    settings = _settings(Settings)
    name = checkpoint or settings.default_checkpoint
    chosen_policy = _load_policy(policy)
    blob, _, _ = _kept(settings, file, None)
    with _farm(settings, name) as (connection, _):
        description = _render(connection, Describe(image=blob), name, chosen_policy).description
    assert description is not None
    if as_json:
        typer.echo(description.model_dump_json())
        return
    table = Table("words", "agreement", box=None, pad_edge=False)
    best = max((word.agreement for word in description.words), default=0.0)
    for word in description.words:
        bar = "▰" * max(1, round(12 * word.agreement / best)) if best > 0 else ""
        table.add_row(word.phrase, f"{word.agreement:5.2f} {bar}")
    out.print(table)
    out.print(description.prompt, style="bold", markup=False, soft_wrap=True)


@app.command("check-prompt")
def check_prompt(
    text: Annotated[str, typer.Argument(help="The prompt, or - to read one prompt a line.")],
    policy: PolicyOption = "sfw",
    negative: Annotated[str, typer.Option(help="The negative prompt.")] = "",
    as_json: Json = False,
) -> None:
    """Say what moderation thinks of a prompt."""
    from moderation.judge import judge_prompt

    chosen = _load_policy(policy)
    prompts = (line.rstrip("\n") for line in sys.stdin) if text == "-" else [text]
    for prompt in prompts:
        _print_verdict(judge_prompt(prompt, negative, chosen), as_json)


@app.command("check-picture")
def check_picture(
    files: Annotated[list[Path], typer.Argument(help="Picture files.")],
    policy: PolicyOption = "sfw",
    as_json: Json = False,
) -> None:
    """Say what moderation thinks of pictures, one verdict a line."""
    from PIL import Image

    from moderation.judge import judge_picture
    from moderation.pictures import DetectorError, load_detector

    chosen = _load_policy(policy)
    try:
        detector = load_detector()
    except DetectorError as error:
        _fail(str(error))
    for file in files:
        checkpoint = _checkpoint_of(file)
        try:
            with Image.open(file) as picture:
                findings = detector.find(picture.convert("RGB"), checkpoint)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            _fail(f"{file} is not a picture that can be read: {error}")
        _print_verdict(judge_picture(findings, chosen, checkpoint=checkpoint), as_json, str(file))


def _checkpoint_of(file: Path) -> str:
    """The checkpoint that made a picture, or "" when the picture does not say."""
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = read_recipe(file)
    except (OSError, RecipeError):
        return ""
    return recipe.checkpoint if recipe else ""


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A PNG that Darkroom made.")], as_json: Json = False
) -> None:
    """Show the recipe that a picture carries."""
    from storage.recipe import parameters_text
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = read_recipe(file.read_bytes())
    except OSError as error:
        _fail(f"{file} cannot be read: {error.strerror}.")
    except RecipeError as error:
        _fail(f"{file}: {error}")
    if recipe is None:
        _fail(f"{file} carries no recipe: Darkroom did not make it, or another program saved it again.")
    typer.echo(recipe.model_dump_json() if as_json else parameters_text(recipe))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check every part: what is fine, what is not, and what to do."""
    import asyncio

    from bot.doctor import examine_discord
    from gpuworker.doctor import examine_worker
    from storage.doctor import examine_storage
    from storage.settings import BotSettings

    settings = _settings(BotSettings)
    with _redis(settings), _nothing_logged():
        checks = [
            *asyncio.run(examine_storage(settings)),
            *examine_worker(settings),
            *asyncio.run(examine_discord(settings)),
        ]
    for check in checks:
        if as_json:
            typer.echo(check.model_dump_json())
        else:
            mark = {"fine": "[green]✓[/]", "note": "[yellow]•[/]", "broken": "[red]✗[/]"}[check.state]
            out.print(f"{mark} [bold]{check.part}[/]: ", end="")
            out.print(check.says, markup=False, soft_wrap=True)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line. SIGTERM ends it as Ctrl+C does: in order, with what it started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A short command keeps all that it imports: looking for garbage in it would take 0.2 s of its 0.6 s.
    gc.disable()
    try:
        app()
    finally:
        gc.freeze()


def _fail(sentence: str) -> NoReturn:
    """End with exit status 1 and one line that says why."""
    typer.echo(" ".join(sentence.split()), err=True)
    raise typer.Exit(1)


def _settings(kind: type[Any]) -> Any:
    from storage.settings import SettingsError, read_settings

    try:
        return read_settings(kind)
    except SettingsError as error:
        _fail(str(error))


def _begin_service() -> None:
    """Log to the terminal, and collect garbage, for as long as the process lives."""
    gc.enable()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("discord").setLevel(logging.WARNING)


@contextlib.contextmanager
def _nothing_logged() -> Iterator[None]:
    """For as long as what is wrong is told in another way."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextlib.contextmanager
def _redis(settings: Settings) -> Iterator[None]:
    """The embedded Redis, unless a URL is set."""
    if settings.redis_url:
        yield
        return
    from storage.embedded_redis import EmbeddedRedis, RedisNotStarted

    try:
        with EmbeddedRedis(settings.redis_folder):
            yield
    except RedisNotStarted as error:
        _fail(str(error))


SECRETS = ("DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL")


@contextlib.contextmanager
def _worker_process(
    settings: Settings, *, keep: bool, checkpoint: str | None = None
) -> Iterator[Callable[[], bool]]:
    """A worker in a process of its own that knows no secret; `keep` starts it again when it dies.

    Gives a function that says whether it lives.
    """
    import threading

    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environment["DARKROOM_HOME"] = str(settings.home)
    command = [sys.executable, "-m", "darkroom", "worker"]
    command += ["--checkpoint", checkpoint] if checkpoint else []
    # Without `keep` it is somebody's one picture: the terminal belongs to the progress bar.
    quiet = None if keep else subprocess.DEVNULL
    leaving = threading.Event()
    process = subprocess.Popen(command, env=environment, stderr=quiet)  # noqa: S603

    def watch() -> None:
        nonlocal process
        while not leaving.wait(1.0):
            if process.poll() is not None:
                logging.getLogger("darkroom").error(
                    "the worker ended (%s), starting it again", process.returncode
                )
                if leaving.wait(3.0):
                    return
                process = subprocess.Popen(command, env=environment, stderr=quiet)  # noqa: S603

    keeper = threading.Thread(target=watch, name="worker-keeper", daemon=True)
    if keep:
        keeper.start()
    try:
        yield lambda: process.poll() is None
    finally:
        leaving.set()
        if keep:
            keeper.join()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run_bot(settings: Any) -> None:
    import asyncio

    import discord

    from bot.client import run_bot
    from storage.database import DatabaseAway

    async def serve() -> None:
        bot = asyncio.ensure_future(run_bot(settings))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, bot.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await bot

    try:
        asyncio.run(serve())
    except discord.LoginFailure as error:
        _fail(f"Discord does not accept the token: {error} Check DARKROOM_DISCORD_TOKEN.")
    except DatabaseAway as error:
        _fail(str(error))
    except KeyboardInterrupt:
        return


def _load_policy(text: str) -> Any:
    from moderation.policy import PolicyError, load_policy

    try:
        return load_policy(text)
    except PolicyError as error:
        _fail(str(error))


def _refuse_blocked(prompt: str, negative: str, policy: Any, steps: int) -> None:
    from moderation.judge import judge_prompt
    from moderation.prompt_language.limits import missing_addon

    verdict = judge_prompt(prompt, negative, policy, steps=steps)
    if verdict.blocked:
        _fail(" ".join(reason.explanation for reason in verdict.reasons))
    if sentence := missing_addon(prompt, negative):
        _fail(sentence)


def _print_reading(told: list[dict[str, Any]]) -> None:
    """Words on the colours of their weights, a line for each section, under the steps that draw them."""
    from rich.text import Text

    from bot.weight_strip import colour_of
    from moderation.prompt_language.explanation import step_names

    for moment in told:
        if len(told) > 1:
            out.print(f"steps {step_names(tuple(moment['steps']))}", style="dim")
        for place, branch in enumerate(moment["branches"]):
            if place:
                out.print("AND", style="bold")
            for part, section in enumerate(branch["sections"]):
                line = Text("BREAK " if part else "")
                for words in section["words"]:
                    label = (
                        words["text"] if words["weight"] == 1 else f"{words['text']} {words['weight']:.2f}"
                    )
                    line.append(label, style="on rgb({},{},{})".format(*colour_of(words["weight"])))
                chunks = max(1, -(-section["tokens"] // 75))
                line.append(f"  {section['tokens']} tokens, {chunks} chunk{'s' * (chunks > 1)}", style="dim")
                out.print(line, soft_wrap=True)
            if branch["weight"] != 1:
                out.print(f"weight {branch['weight']:g}", style="dim")


def _steps(quality: str, steps: int | None) -> int:
    from bot.presets import Quality

    try:
        return Quality(quality).effort.steps if steps is None else steps
    except ValueError as error:
        _fail(f"{error}; see darkroom imagine --help.")


def _print_verdict(verdict: Verdict, as_json: bool, name: str | None = None) -> None:
    if as_json:
        answer = verdict.model_dump(mode="json")
        typer.echo(json.dumps({"file": name, **answer} if name else answer, ensure_ascii=False))
        return
    reasons = "; ".join(f"{r.rule} ({r.matched}): {r.explanation}" for r in verdict.reasons)
    line = f"{verdict.verdict}{': ' + reasons if reasons else ''}"
    typer.echo(f"{name}: {line}" if name else line)


@contextlib.contextmanager
def _farm(settings: Settings, name: str) -> Iterator[tuple[redis.Redis, ServedCheckpoint]]:
    """A connection to a farm that serves the checkpoint, whose worker is started if there is none."""
    from storage.connection import connect

    with _redis(settings), contextlib.ExitStack() as started:
        connection = connect(settings)
        served = _serving(connection, name)
        if served is None:
            alive = started.enter_context(_worker_process(settings, keep=False, checkpoint=name))
            served = _await_serving(connection, name, alive)
        yield connection, served


def _serving(connection: redis.Redis, name: str) -> ServedCheckpoint | None:
    """What is known of a checkpoint that some worker serves right now."""
    from storage.farm import workers
    from storage.served import served

    if not any(name in card.checkpoints for card in workers(connection)):
        return None
    return served(connection).get(name)


def _await_serving(connection: redis.Redis, name: str, alive: Callable[[], bool]) -> ServedCheckpoint:
    give_up = time.monotonic() + WORKER_START_SECONDS
    with err.status(f"Starting a worker with the checkpoint {name} ..."):
        while alive() and time.monotonic() < give_up:
            found = _serving(connection, name)
            if found is not None:
                return found
            time.sleep(0.1)
    _fail(f"No worker came up with the checkpoint {name}: `darkroom doctor` says what is wrong with it.")


def _imagine_task(
    prompt: str,
    negative: str,
    size: str | None,
    quality: str,
    imagination: str,
    steps: int,
    sampler: str | None,
    guidance: float | None,
    noises: Sequence[Noise],
    best: int | None,
    start: Start | None,
    shape: tuple[int, int] | None,
    side: int,
) -> Imagine:
    from pydantic import ValidationError

    from bot.presets import Imagination, Quality
    from storage.jobs import Imagine

    try:
        effort = Quality(quality).effort
        scale = Imagination(imagination).guidance_scale if guidance is None else guidance
        width, height = _pixels(size, shape, side)
    except ValueError as error:
        _fail(f"{error}; see darkroom imagine --help.")
    try:
        return Imagine.model_validate(
            {
                "prompt": prompt,
                "negative_prompt": negative,
                "width": width,
                "height": height,
                "steps": steps,
                "sampler": effort.sampler if sampler is None else sampler,
                "guidance_scale": scale,
                "noises": noises,
                "best": best,
                "start": start,
            }
        )
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"])) or "count"
        _fail(f"{place}: {problem['msg'].removeprefix('Value error, ')}; see darkroom imagine --help.")


def _pixels(size: str | None, shape: tuple[int, int] | None, side: int) -> tuple[int, int]:
    """Width and height: as said, else in the shape of the picture that is started from, else square."""
    from bot.presets import Size, size_like

    if size is None:
        return Size.SQUARE.pixels(side) if shape is None else size_like(*shape, side)
    across, _, down = size.partition("x")
    return (int(across), int(down)) if down else Size(size).pixels(side)


def _noises(seed: int | None, count: int, freeze: Path | None) -> tuple[Noise, ...]:
    from storage.jobs import MAX_SEED, Noise, new_seed
    from storage.recipe import sampled
    from storage.recipe_file import RecipeError, read_recipe

    if freeze is None:
        first = new_seed() if seed is None else seed
        return tuple(Noise(seed=(first + place) % (MAX_SEED + 1)) for place in range(count))
    if seed is not None or count != 1:
        _fail("Frozen noise makes one picture and has its own seed: leave out --seed, --count and --best-of.")
    try:
        recipe = sampled(read_recipe(freeze))
    except RecipeError as error:
        _fail(f"{freeze}: {error}")
    if recipe is None:
        _fail(f"{freeze} carries no recipe, so its noise is not known: give a picture that Darkroom made.")
    return (recipe.frozen_noise,)


def _start(
    settings: Settings, image: Path | None, mask: Path | None, strength: float | None
) -> tuple[Start | None, tuple[int, int] | None]:
    """What to start from, cleaned and kept, and its width and height."""
    from bot.presets import default_strength
    from storage.jobs import Start

    if image is None:
        if mask is not None or strength is not None:
            _fail("A mask and a strength belong to a picture to start from: add --image FILE.")
        return None, None
    if strength is not None and not 0 < strength <= 1:
        _fail(f"A strength of {strength:g} is not possible: say how much may change, from 0.01 to 1.")
    blob, mask_blob, size = _kept(settings, image, mask)
    if strength is None:
        strength = default_strength(mask_blob is not None)
    return Start(image=blob, strength=strength, mask=mask_blob), size


def _kept(settings: Settings, image: Path, mask: Path | None) -> tuple[str, str | None, tuple[int, int]]:
    """The blobs of a picture and of what is masked in it, if anything, and its width and height."""
    from storage.blobs import Blobs, BlobStoreAway
    from storage.intake import IntakeError, take_in

    try:
        taken = take_in(_file_bytes(image), None if mask is None else _file_bytes(mask))
        blobs = Blobs.open(settings)
        return blobs.put(taken.picture), blobs.put(taken.mask) if taken.mask else None, taken.size
    except IntakeError as error:
        _fail(f"{image}{f' with {mask}' if mask else ''}: {error}")
    except BlobStoreAway as error:
        _fail(str(error))


def _file_bytes(file: Path) -> bytes:
    """A member's file, or as much of it as shows that it is too large."""
    from storage.intake import LARGEST_FILE

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except OSError as error:
        _fail(f"{file} cannot be read: {error.strerror}.")


def _upscale_task(settings: Settings, file: Path, factor: int) -> Upscale:
    """The task for a file, which is cleaned and kept, with its recipe if it has one."""
    import io

    from PIL import Image

    from storage.blobs import Blobs, BlobStoreAway
    from storage.intake import IntakeError, take_in
    from storage.jobs import TooLarge, Upscale, upscaled_size
    from storage.recipe_file import RecipeError, read_recipe, to_png

    if factor not in (2, 4):
        _fail(f"A factor of {factor} is not possible: choose 2 or 4.")
    data = _file_bytes(file)
    try:
        png, recipe = take_in(data).picture, read_recipe(data)
        with Image.open(io.BytesIO(data)) as original:
            upscaled_size(original.size, factor)
        if recipe:
            png = to_png(Image.open(io.BytesIO(png)), recipe)
        image = Blobs.open(settings).put(png)
    except (IntakeError, RecipeError, TooLarge) as error:
        _fail(f"{file}: {error}")
    except BlobStoreAway as error:
        _fail(str(error))
    words = {} if recipe is None else recipe.model_dump(include={"prompt", "negative_prompt", "steps"})
    return Upscale(image=image, factor=factor, **words)


def _like(file: Path, prompt: str | None, negative: str, quality: str) -> Sampling:
    """The words and steps with which a picture grows: those of its recipe, unless said otherwise."""
    from pydantic import ValidationError

    from bot.presets import Imagination, Quality
    from storage.jobs import LEAST_SIDE, Sampling
    from storage.recipe import sampled
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = sampled(read_recipe(file))
    except RecipeError as error:
        _fail(f"{file}: {error}")
    if prompt is None and recipe is None:
        _fail(f"{file} carries no recipe, so I do not know what it shows: say it, as in --prompt 'the sea'.")
    like = {
        "prompt": prompt or (recipe.prompt if recipe else ""),
        "negative_prompt": negative or (recipe.negative_prompt if recipe else ""),
        "width": LEAST_SIDE,
        "height": LEAST_SIDE,
        "steps": _steps(quality, None),
        "sampler": Quality(quality).effort.sampler,
        "guidance_scale": Imagination.BALANCED.guidance_scale,
    }
    try:
        return Sampling.model_validate(like)
    except ValidationError as error:
        problem = error.errors()[0]
        _fail(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}; see darkroom outpaint --help.")


def _hand_over(settings: Settings, finished: Finished, folder: Path, as_json: bool) -> None:
    """Write the pictures that a job made, and name them."""
    paths = _write_pictures(settings, finished, folder)
    if as_json:
        recipes = [picture.recipe.model_dump(mode="json") for picture in finished.pictures]
        answer = {"job": finished.job_id, "seconds": finished.seconds, "files": paths, "recipes": recipes}
        agreements = [picture.agreement for picture in finished.pictures]
        if any(agreement is not None for agreement in agreements):
            answer["agreements"] = agreements
        typer.echo(json.dumps(answer))
    else:
        for path in paths:
            typer.echo(path)
    withheld = len(finished.pictures) - len(paths)
    if withheld:
        err.print(f"{withheld} of {len(finished.pictures)} pictures were kept back by the policy.")
    if not paths:
        raise typer.Exit(1)


def _render(connection: redis.Redis, task: Task, checkpoint: str, policy: Any) -> Finished:
    """Send the job through the queue and wait for it, with a progress bar on the terminal."""
    from rich.progress import Progress as Bar

    from storage.events import Cancelled, Failed, wait_result
    from storage.jobs import Job, new_job_id
    from storage.queue import JobQueue

    job_id = new_job_id()
    job = Job(
        id=job_id, checkpoint=checkpoint, policy=policy, reply_to=f"darkroom:results:{job_id}", task=task
    )
    queue = JobQueue(connection)
    with (
        Bar(console=err, transient=True, disable=not err.is_terminal) as bar,
        _progress(connection, job, bar),
    ):
        try:
            queue.enqueue(job)
            result = wait_result(connection, job.reply_to, timeout=3600)
        except KeyboardInterrupt:
            queue.cancel(job)
            _fail("Cancelled.")
    match result:
        case None:
            _fail("The farm did not answer within an hour; the job was given up.")
        case Failed():
            _fail(result.message)
        case Cancelled():
            _fail("Cancelled.")
    return result


@contextlib.contextmanager
def _progress(connection: redis.Redis, job: Job, bar: Any) -> Iterator[None]:
    """Move the bar as the worker tells of its steps."""
    if bar.disable:
        yield
        return
    from storage.events import PROGRESS, Progress

    shown = bar.add_task("Rendering", total=None)

    def on_message(message: dict[str, Any]) -> None:
        progress = Progress.model_validate_json(message["data"])
        if progress.job_id == job.id:
            bar.update(shown, completed=progress.step, total=progress.steps)

    channel = connection.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(**{PROGRESS: on_message})
    listener = channel.run_in_thread(sleep_time=0.1, daemon=True)
    try:
        yield
    finally:
        listener.stop()
        listener.join()


def _write_pictures(settings: Settings, finished: Finished, folder: Path) -> list[str]:
    from storage.blobs import BlobMissing, Blobs, BlobStoreAway

    paths = []
    try:
        blobs = Blobs.open(settings)
        folder.mkdir(parents=True, exist_ok=True)
        for place, picture in enumerate(finished.pictures, start=1):
            if picture.blob is None:
                continue
            path = folder / f"{finished.job_id}-{place}.png"
            path.write_bytes(blobs.get(picture.blob))
            paths.append(str(path))
    except OSError as error:
        _fail(f"The pictures cannot be written to {folder}: {error.strerror}.")
    except (BlobMissing, BlobStoreAway) as error:
        _fail(str(error))
    return paths


if __name__ == "__main__":
    main()
