"""The parameters of a component, for code that starts one: `seldon_core.microservice`."""

from __future__ import annotations

import json
from typing import Any

from charter import settings
from charter.errors import StartError
from seldon_core.flask_utils import SeldonMicroserviceException

PARAMETERS_ENV_NAME = "PREDICTIVE_UNIT_PARAMETERS"
HTTP_SERVICE_PORT_ENV_NAME = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"
GRPC_SERVICE_PORT_ENV_NAME = "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"
METRICS_SERVICE_PORT_ENV_NAME = "PREDICTIVE_UNIT_METRICS_SERVICE_PORT"


def parse_parameters(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the arguments of a component's class from `{"name", "value", "type"}`.

    Raises:
        SeldonMicroserviceException: a value does not fit its type.
    """
    try:
        return settings.parse_parameters(json.dumps(parameters))
    except StartError as error:
        reason = "MICROSERVICE_BAD_PARAMETER"
        raise SeldonMicroserviceException(error.message, reason=reason) from error
