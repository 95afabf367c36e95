"""The data classes and the error of the original's SeldonClient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class SeldonClientException(Exception):
    """Refuse arguments that SeldonClient cannot send."""

    status_code = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(eq=False)
class SeldonChannelCredentials:
    """Name the PEM files for TLS, and whether the server's certificate is checked.

    REST trusts `certificate_chain_file`, and shows `root_certificates_file` with
    `private_key_file` as its own certificate. gRPC trusts `root_certificates_file`, and shows
    `certificate_chain_file` with `private_key_file`; it always checks.
    """

    verify: bool = True
    root_certificates_file: str | None = None
    private_key_file: str | None = None
    certificate_chain_file: str | None = None


@dataclass(eq=False)
class SeldonCallCredentials:
    """Hold the token that each call carries: header X-Auth-Token, over gRPC metadata."""

    token: str | None = None

    def __repr__(self) -> str:
        return "SeldonCallCredentials(token=…)"


@dataclass(eq=False)
class SeldonClientPrediction:
    """Hold what was sent and answered; of what failed, `msg` says why."""

    request: Any
    response: Any
    success: bool = True
    msg: str = ""

    def __repr__(self) -> str:
        return _shown(self)


@dataclass(eq=False)
class SeldonClientFeedback:
    """Hold a feedback and what was answered; see `SeldonClientPrediction`."""

    request: Any
    response: Any
    success: bool = True
    msg: str = ""

    def __repr__(self) -> str:
        return _shown(self)


@dataclass(eq=False)
class SeldonClientCombine:
    """Hold a list of messages and what was answered; see `SeldonClientPrediction`."""

    request: Any
    response: Any
    success: bool = True
    msg: str = ""

    def __repr__(self) -> str:
        return _shown(self)


def _shown(result: SeldonClientPrediction | SeldonClientFeedback | SeldonClientCombine) -> str:
    return (
        f"Success:{result.success} message:{result.msg}\n"
        f"Request:\n{result.request}\nResponse:\n{result.response}"
    )
