from typing import Dict, List, Union

from seldon_core.user_model import SeldonComponent, SeldonResponse


class LoanApplication(SeldonComponent):
    """Takes an application as JSON and returns the decision as JSON.

    {"applicant": {"income": 40000, "debts": [1000, 500]}, "amount": 9000}
    """

    def __init__(self, max_ratio: float = 0.3, country: str = "UK", audit: bool = False):
        self.max_ratio = max_ratio
        self.country = country
        self.audit = audit

    def predict(self, X: Union[Dict, List], names: List[str] = None, meta: Dict = None):
        if isinstance(X, list):
            return [self._decide(application)["approved"] for application in X]
        decision = self._decide(X)
        tags = {"country": self.country, "puid-seen": bool((meta or {}).get("puid"))}
        if self.audit:
            tags["audit"] = {"input": X, "reasons": decision["reasons"]}
        return SeldonResponse(data=decision, tags=tags)

    def _decide(self, application: Dict) -> Dict:
        applicant = application["applicant"]
        total = sum(applicant.get("debts", [])) + application["amount"]
        ratio = round(total / applicant["income"], 4)
        reasons = [] if ratio <= self.max_ratio else ["ratio {} too high".format(ratio)]
        return {
            "approved": not reasons,
            "ratio": ratio,
            "reasons": reasons,
            "applicant": dict(applicant, name=applicant.get("name")),
        }
