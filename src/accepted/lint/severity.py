"""How grave a finding is."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is, the gravest first."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)

    def reaches(self, other: Severity) -> bool:
        """Whether this is as grave as the other, or graver."""
        return self.rank <= other.rank
