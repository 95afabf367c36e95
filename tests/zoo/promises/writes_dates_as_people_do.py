"""When a parcel comes; the wrong one writes the day as its country does."""

from __future__ import annotations

import datetime
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "days", "dtype": "INT", "ftype": "continuous", "range": [0, 60]}],
    "targets": [{"name": "arrival", "dtype": "DATETIME"}],
}
CAUGHT_BY = "type"
SENT = datetime.datetime(2026, 11, 25, 8, tzinfo=datetime.timezone.utc)


class Right:
    def predict(self, X: Any) -> Any:
        arrivals = [SENT + datetime.timedelta(days=float(days)) for days in X[:, 0]]
        return [[arrival.isoformat()] for arrival in arrivals]


class Wrong:
    def predict(self, X: Any) -> Any:
        arrivals = [SENT + datetime.timedelta(days=float(days)) for days in X[:, 0]]
        return [[arrival.strftime("%d.%m.%Y %H:%M")] for arrival in arrivals]
