"""The contract: what goes into a model and what comes out. Pure."""
