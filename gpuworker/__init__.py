"""GPU work: the engine, the stages a job goes through, and the seats that take jobs from the queue."""

import os

# Torch's CPU threads wait for each other hundreds of times a step. Waiting awake is a little faster on an
# idle machine, and sixteen times slower as soon as another program wants a core. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The bars that libraries draw while they load something belong into no log.
os.environ.setdefault("TQDM_DISABLE", "1")

# With each file that is fetched, the hub would be told which libraries are installed here.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
