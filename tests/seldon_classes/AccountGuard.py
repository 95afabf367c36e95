import logging

import numpy as np
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonComponent

log = logging.getLogger(__name__)


class AccountLocked(SeldonMicroserviceException):
    status_code = 423

    def __init__(self, account):
        SeldonMicroserviceException.__init__(
            self, "account {} is locked".format(account), reason="ACCOUNT_LOCKED"
        )


class AccountGuard(SeldonComponent):
    """Looks at a transfer [account, amount] and refuses the bad ones."""

    def __init__(self, limit=1000, locked="13,14"):
        self.limit = limit
        self.locked = set(int(account) for account in str(locked).split(","))

    def predict(self, X, names, meta=None):
        try:
            X = np.asarray(X, dtype=float)
        except ValueError:
            raise SeldonMicroserviceException("not a number in {}".format(X))
        if X.ndim != 2 or X.shape[1] != 2:
            raise SeldonMicroserviceException(
                "expected rows of account and amount, got shape {}".format(X.shape),
                status_code=422,
                reason="BAD_SHAPE",
            )
        for account, amount in X:
            if int(account) in self.locked:
                raise AccountLocked(int(account))
            if amount > self.limit:
                raise SeldonMicroserviceException(
                    message="limit is {}".format(self.limit),
                    status_code=403,
                    payload={"amount": amount},
                    reason="OVER_LIMIT",
                )
            if amount < 0:
                raise RuntimeError("negative amount {:.0f}".format(amount))
        return [["ok"]] * len(X)

    def route(self, features, feature_names):
        if len(features) == 0:
            raise SeldonMicroserviceException("nothing to route", status_code=503)
        return "left"
