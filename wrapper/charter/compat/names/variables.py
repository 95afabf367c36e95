"""What the operator tells a node in the environment: `seldon_core.env_utils`.

User code asks here for what its own process was given, so this file reads the environment.
"""

from __future__ import annotations

import json
import os

ENV_MODEL_NAME = "PREDICTIVE_UNIT_ID"
ENV_MODEL_IMAGE = "PREDICTIVE_UNIT_IMAGE"
ENV_SELDON_DEPLOYMENT_NAME = "SELDON_DEPLOYMENT_ID"
ENV_PREDICTOR_NAME = "PREDICTOR_ID"
ENV_PREDICTOR_LABELS = "PREDICTOR_LABELS"
NONIMPLEMENTED_MSG = "NOT_IMPLEMENTED"
NONIMPLEMENTED_IMAGE_MSG = f"{NONIMPLEMENTED_MSG}:{NONIMPLEMENTED_MSG}"


def get_model_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """Return the name of this node in its graph."""
    return os.environ.get(ENV_MODEL_NAME, default_val)  # noqa: TID251 - user code asks


def get_image_name(default_val: str = NONIMPLEMENTED_IMAGE_MSG) -> str:
    """Return the image of this node as `name:version`."""
    return os.environ.get(ENV_MODEL_IMAGE, default_val)  # noqa: TID251 - user code asks


def get_deployment_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """Return the name of the SeldonDeployment."""
    return os.environ.get(ENV_SELDON_DEPLOYMENT_NAME, default_val)  # noqa: TID251 - user code asks


def get_predictor_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """Return the name of the predictor."""
    return os.environ.get(ENV_PREDICTOR_NAME, default_val)  # noqa: TID251 - user code asks


def get_predictor_version(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """Return `version` of the predictor's labels."""
    labels = json.loads(os.environ.get(ENV_PREDICTOR_LABELS, "{}"))  # noqa: TID251 - user code asks
    return str(labels.get("version", default_val))
