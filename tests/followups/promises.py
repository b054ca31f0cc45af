"""Whether tasks, cadence and protection agree, for leads that no register numbered."""

from followups.invariants import checks
from leads.invariants import protection_follows_from_facts


def broken_dates() -> dict[str, list]:
    """The broken promises by name with a sample; empty = `cadence_one_open_task` and the others hold."""
    return {check.name: check.sample for check in (*checks(), protection_follows_from_facts()) if check.bad}
