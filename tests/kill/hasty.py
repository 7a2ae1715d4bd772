"""Jules in a hurry: the same contract with a short grace and a fast schedule, so that tests need not wait.

The grace decides for how long a create whose answer is lost is looked for; here it is over within seconds.
"""

from dataclasses import replace

from accepted.core.schedule import Schedule
from accepted.services import jules

contract = replace(
    jules.contract, name="hasty", grace=2.5, schedule=Schedule(first=0.1, fraction=0.1, longest=0.5, jitter=0.1)
)
