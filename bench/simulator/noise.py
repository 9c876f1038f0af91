"""How the day really goes: seeded factors on every drive and every visit, the same for each policy (R8)."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass
from typing import Final

#: Scatter of the factors (standard deviation of their logarithm); a plausible guess, to be replaced by learnt values.
DRIVE_SIGMA: Final = 0.15
SERVICE_SIGMA: Final = 0.30


@dataclass(frozen=True, slots=True)
class Noise:
    """Factors drawn by name, so that they hang neither on the policy nor on the order in which they are asked for.

    Their mean is 1: who plans with the expected duration is right on average. `calm` days keep every figure.
    """

    seed: int
    calm: bool = False

    def drive_s(self, seconds: int, from_location: int, to_location: int) -> int:
        """What a drive of `seconds` really takes."""
        return self._drawn(seconds, DRIVE_SIGMA, f"drive {from_location} {to_location}")

    def service_s(self, seconds: int, visit: str) -> int:
        """What work of `seconds` really takes."""
        return self._drawn(seconds, SERVICE_SIGMA, f"service {visit}")

    def _drawn(self, seconds: int, sigma: float, name: str) -> int:
        if self.calm:
            return seconds
        digest = hashlib.sha256(f"{self.seed} {name}".encode()).digest()
        drawn = random.Random(digest).gauss(-sigma * sigma / 2, sigma)
        return round(seconds * math.exp(drawn))


CALM: Final = Noise(0, calm=True)
