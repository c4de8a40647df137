"""From when on anything is said of a model, and what counts as a difference."""

MINIMUM_N = 30
"""With fewer items a language has no score."""
MINIMUM_CLUSTERS = 10
"""With fewer clusters its error cannot be estimated, whatever the items."""
MARGIN = 0.05
"""Gaps below this many points (of 1) count as none, once that is shown."""
ERROR = 0.05
"""How often a finding may be false."""
