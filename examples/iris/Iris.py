"""Tell the species of an iris from the sizes of its flower: a scikit-learn random forest."""


class Iris:
    """Classify irises by four measures in centimetres."""

    def load(self):
        """Train on the 150 flowers that come with scikit-learn, which takes a moment."""
        from sklearn.datasets import load_iris
        from sklearn.ensemble import RandomForestClassifier

        flowers = load_iris()
        self.forest = RandomForestClassifier(n_estimators=50, random_state=0)
        self.forest.fit(flowers.data, flowers.target)

    def predict(self, X, names):
        """Turn rows of four measures into three probabilities each, one for every species."""
        return self.forest.predict_proba(X)

    def class_names(self):
        """Name the three columns of the answer, as contract.json does."""
        return ["setosa", "versicolor", "virginica"]
