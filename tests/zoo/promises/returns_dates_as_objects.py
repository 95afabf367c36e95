"""When a parcel comes; the wrong one returns datetimes, which JSON sends as HTTP writes dates."""

from __future__ import annotations

import datetime
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "hours", "dtype": "INT", "ftype": "continuous", "range": [0, 500]}],
    "targets": [{"name": "arrival", "dtype": "DATETIME"}],
}
CAUGHT_BY = "type"
SENT = datetime.datetime(2026, 11, 25, tzinfo=datetime.timezone.utc)


class Right:
    def predict(self, X: Any) -> Any:
        arrivals = [SENT + datetime.timedelta(hours=float(hours)) for hours in X[:, 0]]
        return [[arrival.isoformat()] for arrival in arrivals]


class Wrong:
    def predict(self, X: Any) -> Any:
        arrivals = [SENT + datetime.timedelta(hours=float(hours)) for hours in X[:, 0]]
        return [[arrival] for arrival in arrivals]
