"""From a few answers to a model's folder that serves and passes its test: `charter init`."""
