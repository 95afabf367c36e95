"""Ends of ranges that a person can read, never inside what was found. No tables here."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from charter.contract.values import moment

_DAY_S = 86_400
# The ends move outward by less than a hundredth of the span, so that 4.3 to 7.9 stays as it is.
_STEPS_OF_SPAN = 2


def outward(low: float, high: float) -> tuple[float, float]:
    """Return two numbers of few digits around two finite ones, less than 1 % of the span away."""
    span = high - low
    largest = max(abs(low), abs(high))
    if not 0 < span < math.inf:
        return low, high
    digits = math.floor(math.log10(span)) - _STEPS_OF_SPAN
    if math.log10(largest) > digits + 15:  # a step is less than what a float holds
        return low, high
    step = Decimal(1).scaleb(digits)
    # By repr, for 4.3 is a little more than 4.3 in binary.
    return _rounded(low, step, ROUND_FLOOR), _rounded(high, step, ROUND_CEILING)


def _rounded(number: float, step: Decimal, rounding: str) -> float:
    rounded = float((Decimal(repr(number)) / step).to_integral_value(rounding) * step)
    # Adding zero makes 0 of -0; near the greatest float, the next step is none.
    return rounded + 0.0 if math.isfinite(rounded) else number


def held(number: int, towards: float) -> int:
    """Return a whole number that a float holds: the same, or the next one towards an infinity."""
    nearest = float(number)
    is_short = nearest < number if towards > 0 else nearest > number
    return int(math.nextafter(nearest, towards)) if is_short else number


def days(low: float, high: float) -> tuple[str, str]:
    """Return the two midnights around times in seconds since 1970, as text by RFC 3339."""
    return moment(math.floor(low / _DAY_S) * _DAY_S), moment(math.ceil(high / _DAY_S) * _DAY_S)


def length(longest: int) -> int:
    """Return a round number that is no less: 1, 2 or 5 with zeros."""
    if longest < 1:
        return 1
    power: int = 10 ** (len(str(longest)) - 1)
    return next(part * power for part in (1, 2, 5, 10) if part * power >= longest)
