import re

import numpy as np

POSITIVE = {"good", "great", "love", "loved", "excellent"}
NEGATIVE = {"bad", "awful", "hate", "hated", "boring"}


class SentimentModel:
    """
    Sentiment of a text, a string in and a string out, or an array of strings in and a column out.
    """

    def load(self):
        self.pattern = re.compile(r"[a-zäöü]+")

    def score(self, text):
        words = self.pattern.findall(text.lower())
        return sum(w in POSITIVE for w in words) - sum(w in NEGATIVE for w in words)

    def label(self, text):
        s = self.score(text)
        return "positive" if s > 0 else "negative" if s < 0 else "neutral"

    def predict(self, X, feature_names=None, meta=None):
        if isinstance(X, str):
            return self.label(X)
        if isinstance(X, bytes):
            return self.label(X.decode("utf-8")).encode("utf-8")
        return np.array([[self.label(str(text))] for text in np.ravel(X)])

    def transform_input(self, X, feature_names=None):
        # clean the text before the next model gets it
        if isinstance(X, str):
            return " ".join(X.lower().split())
        return [" ".join(str(text).lower().split()) for text in np.ravel(X)]

    def transform_output(self, X, feature_names=None):
        return np.array([self.score(str(text)) for text in np.ravel(X)])
