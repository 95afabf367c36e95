from seldon_core.metrics import create_counter, create_timer
from seldon_core.user_model import SeldonResponse
import numpy as np


class TaxiFare(object):
    """
    Predicts the fare from distance and duration, and reports what it does to Prometheus.
    """

    def __init__(self, base_fare=2.5, per_km="1.5", surge=False):
        self.base_fare = base_fare
        self.per_km = float(per_km)
        self.surge = surge
        self.last_fare = 0.0

    def predict(self, X, features_names):
        X = np.asarray(X, dtype=float)
        fares = self.base_fare + self.per_km * X[:, 0] + 0.25 * X[:, 1]
        if self.surge:
            fares = fares * 2
        self.last_fare = float(fares[-1])
        runtime_metrics = [
            {"type": "COUNTER", "key": "taxi_rides", "value": len(fares)},
            {
                "type": "COUNTER",
                "key": "taxi_rides_by_zone",
                "value": 1,
                "tags": {"zone": "airport" if X[0, 0] > 15 else "city"},
            },
        ]
        return SeldonResponse(
            data=fares.reshape(-1, 1),
            tags={"rides": len(fares)},
            metrics=runtime_metrics,
        )

    # old style, an attribute in place of a method
    class_names = ["fare"]

    def tags(self):
        return {"surge": self.surge, "rides": 0}

    def metrics(self):
        return [
            create_counter("taxi_calls", 1),  # a counter which will increase by the given value
            {"type": "GAUGE", "key": "taxi_last_fare", "value": self.last_fare},
            create_timer("taxi_duration", 20.2),  # a timer which will add sum and count metrics
        ]
