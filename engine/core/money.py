"""Money as whole nano-dollars: what a call cost, and how a ledger line and a person read it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

NANOUSD_PER_USD = 1_000_000_000
"""1 nano-dollar = $0.000000001. The cheapest token of any model (2026-11) costs 10 of them."""


def nanousd(usd: Decimal | str | float) -> int:
    """Whole nano-dollars of an amount in dollars, rounded half up. A float goes through its shortest repr."""
    return int((Decimal(str(usd)) * NANOUSD_PER_USD).to_integral_value(ROUND_HALF_UP))


def dollars(amount_nanousd: int) -> str:
    """An amount as people read it: "$0.0031", "$1.20", "$0"; at least two significant digits below a cent.

    >>> dollars(3_100_000), dollars(1_200_000_000), dollars(0), dollars(412)
    ('$0.0031', '$1.20', '$0', '$0.00000041')
    """
    if amount_nanousd == 0:
        return "$0"
    sign = "-" if amount_nanousd < 0 else ""
    usd = abs(Decimal(amount_nanousd)) / NANOUSD_PER_USD
    places = 2 if usd >= 1 else max(2, 1 - usd.adjusted())
    return f"{sign}${usd.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
