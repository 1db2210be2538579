"""What a bot and a worker count while they work, in the form of Prometheus: every metric is named here."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

STEP_SECONDS = Histogram(
    "darkroom_step_seconds",
    "Time of one denoising step of a batch.",
    ["checkpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
FLOOR_SECONDS = Counter(
    "darkroom_floor_seconds",
    "What the bare passes of those steps take at the best batch size seen: the least that steps can take.",
    ["checkpoint"],
)
BATCH_PICTURES = Histogram(
    "darkroom_batch_pictures",
    "Pictures that one denoising step advanced.",
    ["checkpoint"],
    buckets=(1, 2, 4, 8, 12, 16, 24, 32, 48),
)
WAIT_SECONDS = Histogram(
    "darkroom_wait_seconds",
    "Time that a job waited for a seat, by how urgent it was when it came.",
    ["checkpoint", "urgency"],
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600),
)
JOB_SECONDS = Histogram(
    "darkroom_job_seconds",
    "Time from a seat taking a job to its result.",
    ["kind", "outcome"],
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900),
)
PICTURES_JUDGED = Counter(
    "darkroom_pictures_judged",
    "Pictures judged, by who judged them and what the policy does with them.",
    ["by", "action"],
)
PROMPTS_JUDGED = Counter(
    "darkroom_prompts_judged",
    "Prompts of members judged, by what the policy does with them and the rule that said so.",
    ["action", "rule"],
)
DELIVERY_SECONDS = Histogram(
    "darkroom_delivery_seconds",
    "Time from a result's arrival in Redis to its message in Discord.",
    buckets=(0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600),
)
CREDITS = Counter(
    "darkroom_credits",
    "Credits that went from one account to another, by what for: a refund is for what nobody saw.",
    ["kind"],
)
DELIVERY_RETRIES = Counter("darkroom_delivery_retries", "Deliveries that have to be tried again.")
ERRORS = Counter("darkroom_errors", "Lines that were logged as errors, by where.", ["logger"])
