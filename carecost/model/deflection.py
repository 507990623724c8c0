"""Self-service: contacts that never reach an agent, and what that saves."""

from carecost.model.native import Quantity


def saving(attempts: Quantity, success: Quantity, leakage: Quantity, cost_contact: Quantity) -> Quantity:
    """Gross money saved: attempts that succeed and do not come back, at the cost of a live contact.

    ``success`` is the share of attempts that need no agent, ``leakage`` the share of those that
    contact anyway later (0 when success is already verified).

    >>> saving(1000, 0.70, 0.0, 6.0)  # Deserve's example
    4200.0
    """
    return attempts * success * (1 - leakage) * cost_contact
