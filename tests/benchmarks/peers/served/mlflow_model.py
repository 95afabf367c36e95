"""The model as MLflow takes it: saved, then served by its command; the port is the argument."""

import os
import sys
import tempfile
from pathlib import Path

import mlflow.pyfunc


class Double(mlflow.pyfunc.PythonModel):
    """Double every number."""

    def predict(self, context, model_input, params=None):
        """Return two times the input."""
        return model_input * 2


if __name__ == "__main__":
    folder = f"{tempfile.mkdtemp()}/model"
    mlflow.pyfunc.save_model(folder, python_model=Double())
    command = str(Path(sys.executable).with_name("mlflow"))
    where = ["--host", "127.0.0.1", "--port", sys.argv[1], "--workers", "1"]
    serve = [command, "models", "serve", "-m", folder, "--env-manager", "local", *where]
    os.execv(command, serve)
