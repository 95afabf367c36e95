"""A model that takes its process with it while it is loaded, as one does that wants all memory."""

import os
import signal


class Model:
    def load(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def predict(self, X: object) -> object:
        return X
