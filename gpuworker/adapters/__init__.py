"""LoRAs and their kin: read from files of any spelling, and worn beside a checkpoint's own weights."""
