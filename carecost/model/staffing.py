"""Work and people: handling hours from contacts, and the staff that work, coverage and queues need.

The queue calculators here are those of queueing.py with a second face, their formula in a cell; a patience
that is missing (NaN, or "" in a cell) means that nobody hangs up.
"""

import numpy as np

from carecost.model import queueing, queueing_cells
from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, spelled

MINUTES_HOUR = FIXED["minutes_hour"]


def workload(contacts: Quantity, aht_min: Quantity, concurrency: Quantity) -> Quantity:
    """Handling hours for a number of contacts.

    ``aht_min`` is minutes of handle time per contact, ``concurrency`` the contacts an agent handles
    at once. If ``aht_min`` is work time, concurrency is 1; if it is elapsed time, divide.

    >>> workload(4000, 6, 1)
    400.0
    """
    return contacts * aht_min / MINUTES_HOUR / concurrency


def fte(
    workload_hours: Quantity, shrinkage: Quantity, occupancy: Quantity, hours_month: Quantity
) -> Quantity:
    """FTE for a month's handling hours, not rounded.

    ``shrinkage`` and ``occupancy`` are shares, ``hours_month`` paid hours per FTE. Says nothing about
    service level: that is the queue functions' part.

    >>> fte(1100, 0.35, 1.0, 160)  # Integra's example, which leaves occupancy out
    10.576923076923077
    """
    return workload_hours / occupancy / (1 - shrinkage) / hours_month


def shrinkage_in_turn(components: Quantity) -> Quantity:
    """Shrinkage of a list of components (shares), each taken from the time that the others leave.

    >>> round(float(shrinkage_in_turn(np.array([0.08, 0.06, 0.05, 0.10]))), 12)
    0.260596
    """
    return 1 - np.prod(1 - components)


def coverage(
    seats: Quantity, hours_week: Quantity, shrinkage: Quantity, paid_hours_week: Quantity
) -> Quantity:
    """FTE that keep a number of seats staffed, not rounded.

    ``hours_week`` are the hours each seat is open, ``paid_hours_week`` those an FTE is paid for. With both
    in hours a year it is the relief factor.

    >>> round(float(coverage(1, 168, 0.35, 40)), 12)  # Integra says 5-6
    6.461538461538
    """
    return seats * hours_week / (paid_hours_week * (1 - shrinkage))


def backlog_agents(
    inflow_day: Quantity,
    aht_min: Quantity,
    backlog: Quantity,
    clear_days: Quantity,
    hours_day: Quantity,
    shrinkage: Quantity,
    occupancy: Quantity,
) -> Quantity:
    """Agents for work that can wait (email, cases), not rounded.

    A day's inflow and an equal part of the backlog on each of ``clear_days``, ``aht_min`` minutes of work
    each, over an agent's productive time in a paid day of ``hours_day``.

    >>> round(float(backlog_agents(300, 12, 600, 5, 8, 0.30, 0.85)), 12)
    17.647058823529
    """
    day = workload(inflow_day + backlog / clear_days, aht_min, 1)
    return fte(day, shrinkage, occupancy, hours_day)


def _patience(patience_sec: Quantity) -> Quantity:
    return np.where(np.isnan(patience_sec), np.inf, patience_sec)


@spelled(queueing_cells.SERVICE_LEVEL)
def service_level(
    load: Quantity, agents: Quantity, aht_min: Quantity, threshold_sec: Quantity, patience_sec: Quantity
) -> Quantity:
    """Share of offered contacts answered within the threshold; see queueing.service_level.

    >>> round(float(service_level(15, 19, 5, 20, np.nan)), 12)
    0.812946321077
    """
    return queueing.service_level(load, agents, aht_min, threshold_sec, _patience(patience_sec))


@spelled(queueing_cells.AVERAGE_WAIT_SEC)
def average_wait_sec(load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity) -> Quantity:
    """Mean wait of answered contacts in seconds; see queueing.average_wait_sec.

    >>> round(float(average_wait_sec(15, 19, 5, np.nan)), 9)
    18.316368799
    """
    return queueing.average_wait_sec(load, agents, aht_min, _patience(patience_sec))


@spelled(queueing_cells.ABANDONMENT)
def abandonment(load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity) -> Quantity:
    """Share of offered contacts that hang up; see queueing.abandonment.

    >>> round(float(abandonment(15, 17, 5, 120)), 12)
    0.068470517314
    """
    return queueing.abandonment(load, agents, aht_min, patience_sec)


@spelled(queueing_cells.OCCUPANCY)
def occupancy(load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity) -> Quantity:
    """Carried load over agents, above 1 where the queue never clears; see queueing.occupancy.

    >>> float(occupancy(15, 10, 5, np.nan))
    1.5
    """
    return queueing.occupancy(load, agents, aht_min, _patience(patience_sec))


@spelled(queueing_cells.AGENTS_REQUIRED)
def agents_required(
    load: Quantity,
    aht_min: Quantity,
    target: Quantity,
    threshold_sec: Quantity,
    max_occupancy: Quantity,
    patience_sec: Quantity,
    max_abandonment: Quantity,
) -> Quantity:
    """Smallest whole number of agents that meets every limit; see queueing.agents_required.

    >>> float(agents_required(15, 5, 0.80, 20, 0.85, np.nan, 1.0))
    19.0
    """
    return queueing.agents_required(
        load, aht_min, target, threshold_sec, max_occupancy, _patience(patience_sec), max_abandonment
    )


def chat_session_min(session_min: Quantity, concurrency: Quantity, slowdown: Quantity) -> Quantity:
    """Elapsed minutes of a chat; each further session at a time makes it longer by the share ``slowdown``.

    >>> chat_session_min(10, 3, 0.25)
    15.0
    """
    return session_min * (1 + slowdown * (concurrency - 1))


def chat_agents(
    chats: Quantity,
    session_min: Quantity,
    concurrency: Quantity,
    target: Quantity,
    threshold_sec: Quantity,
    interval_min: Quantity,
    slowdown: Quantity,
) -> Quantity:
    """Whole agents for chat: Erlang C on chat slots, each agent being as many slots as sessions at a time.

    ``session_min`` is elapsed time of a session that has the agent to itself, not work time. Source: Koole,
    "Staffing chat sessions".

    >>> float(chat_agents(40, 10, 2, 0.90, 60, 60, 0)), float(chat_agents(40, 10, 3, 0.90, 60, 60, 0))
    (6.0, 4.0)
    """
    elapsed_min = chat_session_min(session_min, concurrency, slowdown)
    load = queueing.erlangs(chats, elapsed_min, interval_min)
    slots = agents_required(load, elapsed_min, target, threshold_sec, 1.0, np.nan, 1.0)
    return queueing.whole_agents(slots / concurrency)
