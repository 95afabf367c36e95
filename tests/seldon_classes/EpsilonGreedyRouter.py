import logging
import random

import numpy as np
from seldon_core.user_model import SeldonComponent

logger = logging.getLogger(__name__)

__version__ = "v1.1"


def n_success_failures(features, reward):
    n_predictions = features.shape[0] if features.ndim > 0 else 1
    n_success = int(reward * n_predictions)
    return n_success, n_predictions - n_success


class EpsilonGreedyRouter(SeldonComponent):
    """Multi-armed bandit router, constant step size.

    Parameters
    ----------
    n_branches : int
        Number of branches (models) below this router
    epsilon : float
        Probability of exploring
    step : float
        How much the newest reward counts
    seed : int
        Random seed
    verbose : bool
        Log every decision
    """

    def __init__(self, n_branches=None, epsilon=0.1, step=0.2, seed=None, verbose=False):
        if seed is not None:
            random.seed(seed)
        if n_branches is None:
            raise ValueError("n_branches parameter must be given")
        self.n_branches = int(n_branches)
        self.epsilon = float(epsilon)
        self.step = float(step)
        self.verbose = verbose
        self.values = [0.0] * self.n_branches
        self.pulls = [0] * self.n_branches
        self.best_branch = 0

    def route(self, features, feature_names):
        if random.random() < self.epsilon:
            others = [i for i in range(self.n_branches) if i != self.best_branch]
            selected_branch = random.choice(others)
        else:
            selected_branch = self.best_branch
        if self.verbose:
            logger.info("Routing %s to branch %d", features, selected_branch)
        return selected_branch

    def send_feedback(self, features, feature_names, reward, truth, routing=None):
        logger.debug("Feedback: reward %s, truth %s, routing %s", reward, truth, routing)
        if routing is None:
            return {"ignored": "no routing"}
        n_success, n_failures = n_success_failures(features, reward)
        mean = n_success / (n_success + n_failures)
        self.values[routing] += self.step * (mean - self.values[routing])
        self.pulls[routing] += n_success + n_failures
        self.best_branch = int(np.argmax(self.values))
        return None

    def tags(self):
        return {"best_branch": self.best_branch, "router": "EpsilonGreedy-" + __version__}

    def metrics(self):
        return [
            {
                "type": "GAUGE",
                "key": "branch_%d_value" % branch,
                "value": value,
            }
            for branch, value in enumerate(self.values)
        ]
