"""An audit of a page by axe-core, as one number: the share of the rules that apply which the page keeps.

Rules weigh as in Lighthouse's accessibility score, by their impact; a page that breaks none scores 100.
"""

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WEIGHTS = {"critical": 10, "serious": 7, "moderate": 3, "minor": 1, None: 3}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}


@dataclass(frozen=True)
class Audit:
    """What axe found."""

    score: float  # 0–100
    faults: tuple[str, ...]  # rule, where, and what to do

    def __str__(self) -> str:
        return f"{self.score:.1f}\n" + "\n".join(self.faults)


def audit(page: Page) -> Audit:
    """The page as it stands now."""
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    kept, broken = found["passes"], found["violations"]
    impacts = {rule["id"]: _impact(rule) for rule in kept + broken}
    lost = sum(impacts[rule["id"]] for rule in broken)
    faults = tuple(
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    "
        + "\n    ".join(f"{node['target']} {node['html'][:160]}" for node in rule["nodes"][:4])
        for rule in broken
    )
    return Audit(100 * (1 - lost / sum(impacts.values())), faults)


def _impact(rule: dict[str, Any]) -> int:
    """A rule that was kept has no impact of its own: it weighs as its checks would have."""
    checks = [check["impact"] for node in rule["nodes"] for kind in ("any", "all", "none") for check in node[kind]]
    if rule["impact"] is None and checks:
        return max(WEIGHTS.get(impact, 3) for impact in checks)
    return WEIGHTS.get(rule["impact"], 3)
