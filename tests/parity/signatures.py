"""Models with the signatures that people write, and those that take the wire message itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charter._proto import messages
from seldon_core.user_model import SeldonComponent, SeldonNotImplementedError


class S1:
    def predict(self, X: Any) -> Any:
        return X


class S2:
    def predict(self, X: Any, names: Any) -> Any:
        return X


class S3:
    def predict(self, X: Any, features_names: Any = None) -> Any:
        return {"names": features_names}


class S4:
    def predict(self, X: Any, names: Any = None, **keywords: Any) -> Any:
        return {"kw": dict(keywords)}


class S5:
    def predict(self, *positional: Any, **keywords: Any) -> Any:
        return {"a": len(positional), "kw": sorted(keywords)}


class S6:
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        raise TypeError("inner type error")


class S7:
    @staticmethod
    def predict(X: Any, names: Any, meta: Any) -> Any:
        return {"meta": meta}


class S8:
    async def predict(self, X: Any, names: Any) -> Any:
        return X


class S9:
    pass


class S10(SeldonComponent):  # type: ignore[misc]  # no types, see pyproject.toml
    pass


class S11:
    def predict(self, X: Any, names: Any, meta: Any) -> Any:
        meta["tags"] = {"injected": 1} if meta is not None else None
        return X


class S12:
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        raise SeldonNotImplementedError("nope")


class S13:
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        raise NotImplementedError("nope")


class Raw1:
    def predict_raw(self, message: Any) -> Any:
        return {"got": type(message).__name__, "keys": sorted(message)}


class Raw2:
    def predict_raw(self, message: Any) -> Any:
        metrics = [{"type": "GAUGE", "key": "k", "value": 1}]
        status = {"code": 202, "status": "SUCCESS"}
        return {"data": {"ndarray": [1]}, "status": status, "meta": {"metrics": metrics}}


class Raw3:
    def predict_raw(self, message: Any) -> Any:
        return "plain"


class Raw4:
    def predict_raw(self, message: Any) -> Any:
        return [1, 2]


class Raw5:
    def predict_raw(self, message: Any) -> Any:
        raise SeldonNotImplementedError("x")

    def predict(self, X: Any, names: Any) -> Any:
        return X


class Raw6:
    def predict_raw(self, message: Any) -> Any:
        return messages.SeldonMessage(strData="p")


class Raw7:
    def predict_raw(self, message: Any) -> Any:
        return None


class Raw8:
    def predict_rest(self, message: Any) -> Any:
        return {"rest": True}

    def predict_raw(self, message: Any) -> Any:
        return {"raw": True}

    def predict(self, X: Any, names: Any) -> Any:
        return X


class Raw9:
    def predict_raw(self, message: Any) -> Any:
        return {"status": {"code": "409"}}


class Raw10:
    def predict_raw(self, message: Any) -> Any:
        return {"status": "x"}


SIGNATURES: Mapping[str, type] = {
    kind.__name__: kind for kind in (S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12, S13)
}
RAW: Mapping[str, type] = {
    kind.__name__: kind for kind in (Raw1, Raw2, Raw3, Raw4, Raw5, Raw6, Raw7, Raw8, Raw9, Raw10)
}
