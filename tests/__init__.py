"""The tests, in the rooms' order, and what they share."""

import gpuworker  # noqa: F401  before anything loads torch: it settles how torch's threads wait
