"""The bytes of a service's OpenAPI document, made when they are first asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from charter.codecs import json_text
from charter.errors import Fault, ServingError
from charter.message import NOTHING, Json
from charter.methods import METADATA
from charter.service import Service

if TYPE_CHECKING:
    from charter.transport.openapi.document import Paths


class Description:
    """Hold the document of a service.

    Args:
        service: what it describes; its metadata give the document a title and examples.
        paths: what is served of it.
        statuses: the HTTP status of each fault.
        name: its name where its metadata have none.
        is_strict: whether what breaks its contract is refused.
        takes_fields: whether columns can be sent by name, as a query or a form.
    """

    def __init__(
        self,
        service: Service,
        paths: Paths,
        statuses: Mapping[Fault, int],
        name: str,
        *,
        is_strict: bool = False,
        takes_fields: bool = True,
    ) -> None:
        self._service = service
        self._paths = paths
        self._statuses = statuses
        self._name = name
        self._is_strict = is_strict
        self._takes_fields = takes_fields
        self._body = b""

    async def body(self) -> bytes:
        """Return the document as JSON; the same bytes once the model is loaded."""
        if self._body:
            return self._body
        is_final = self._service.life.is_ready
        body = json_text.dumps(await self.document())
        if is_final:
            self._body = body
        return body

    async def document(self) -> Json:
        """Return the document."""
        # What few are asked for is imported when it is: all of it takes 40 ms.
        from charter.transport.openapi import examples
        from charter.transport.openapi.document import document

        known, contract = await self._metadata(), self._service.contract
        model = dataclasses.replace(
            examples.model(known, self._name, contract),
            is_strict=self._is_strict,
            takes_fields=self._takes_fields,
        )
        return document(self._paths, self._statuses, model)

    async def _metadata(self) -> Mapping[str, Json]:
        try:
            _, said = await self._service.handle(METADATA, NOTHING, lambda reply: reply.value)
        except ServingError:  # not loaded yet; or invalid, which the log has said
            return {}
        return dict(said)
