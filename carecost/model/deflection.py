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


def net_saving(gross: Quantity, cashable: Quantity, run_cost: Quantity) -> Quantity:
    """Money left of a gross saving: the share that leaves the budget, less what self-service costs to run.

    >>> net_saving(4200.0, 1, 1400)
    2800.0
    """
    return gross * cashable - run_cost


def return_on_cost(net_month: Quantity, run_cost: Quantity, one_off: Quantity, months: Quantity) -> Quantity:
    """Net benefit over the months per unit of money spent; ``one_off`` is spent once, the others monthly.

    >>> return_on_cost(2800, 1400, 0, 12)
    2.0
    """
    return (net_month * months - one_off) / (run_cost * months + one_off)


def break_even_success(run_cost: Quantity, saving_at_full_success: Quantity) -> Quantity:
    """Share of attempts that must succeed for the saving to equal the run cost; above 1 it cannot pay.

    >>> round(break_even_success(1400, saving(1000, 1, 0, 6)), 12)
    0.233333333333
    """
    return run_cost / saving_at_full_success
