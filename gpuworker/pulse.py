"""What a worker tells while it works: that it lives, what it serves, and how busy it is."""

from __future__ import annotations

import logging

from gpuworker.duty import hear_excuses, hedge_what_hangs
from gpuworker.workplace import Workplace
from storage.add_ons import announce_add_ons
from storage.farm import Largest, MeasuredSpeed, WorkerCard, announce, has_key_of_bot, store_of_bot
from storage.queue import JOB_TIMEOUT
from storage.served import remember_missing
from storage.signing import signer_of

log = logging.getLogger(__name__)


def pulse(place: Workplace) -> None:
    """Give a sign of life, unless the device hangs: no step takes longer than its job may; and announce."""
    if place.bench.engine.turn_seconds < JOB_TIMEOUT:
        place.alive()
    compare_with_bot(place)
    hear_excuses(place)
    announce_worker(place)
    hedge_what_hangs(place)


def compare_with_bot(place: Workplace) -> None:
    """Find out whether this worker is of the bot's farm, by its key and its store of pictures."""
    before = place.ails if place.is_strange else None
    place.odd_key, place.bots_store = not has_key_of_bot(place.quick), store_of_bot(place.quick)
    if place.is_strange and place.ails != before:
        log.error("This worker %s.", place.ails)


def announce_worker(place: Workplace) -> None:
    """Show the card of the worker, and what it can serve."""
    # Each time: a Redis that comes back empty has forgotten what is served, and jobs would be refused.
    remember_missing(place.quick, place.served)
    stats, store = place.bench.engine.stats(), place.bench.checkpoints
    loaded = store.loaded
    card = WorkerCard(
        name=place.name,
        checkpoints=tuple(place.served),
        device=place.device,
        seats=place.seats,
        batch=stats.running,
        picture_steps_per_second=stats.steps_per_second,
        speeds=(
            *place.throughput.speeds(),
            *(
                MeasuredSpeed(checkpoint=name, megapixel_steps=speed)
                for name, speed in stats.megapixel_steps_per_second.items()
                if name not in {each.checkpoint for each in place.throughput.speeds()}
            ),
        ),
        largest=tuple(Largest(checkpoint=name, pixels=most) for name, most in stats.most_pixels.items()),
        blobs=place.blobs_identity,
        ails=place.ails,
        key=signer_of(place.quick).fingerprint,
        loaded=tuple(loaded),
        displacing=tuple(
            name for name in place.served if name not in loaded and not store.has_room_for([name])
        ),
        loading=store.loading_seconds,
    )
    announce(place.quick, card)
    add_ons = place.add_ons()
    announce_add_ons(place.quick, place.name, add_ons, changed=add_ons != place.told_add_ons)
    place.told_add_ons = add_ons
