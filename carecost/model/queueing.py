"""Queueing: how many agents a load needs and how long callers wait, by Erlang B, C and A.

Arguments broadcast against each other like those of NumPy ufuncs. Loads are in erlangs, handle times in
minutes, thresholds, waits and patience in seconds; agents are whole numbers and shares are fractions. Mean
patience is the time a caller would wait before hanging up; infinite patience means that nobody does: Erlang
C. Out-of-domain arguments are the caller's business.

Sources: Mandelbaum & Zeltyn, "The Palm/Erlang-A Queue, with Applications to Call Centers" (Technion, 2005);
Koole, "Call Center Mathematics" (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from carecost.model.hump import hump, in_blocks, points
from carecost.model.native import Quantity

# A count that is whole but for rounding stays whole: 42.00000000000001 agents are 42.
_ROUNDING = 1e-9
# Shares that differ by less are equal: a target read from a computed service level is met by its own agents.
_SAME_SHARE = 1e-12


def erlangs(contacts: Quantity, aht_min: Quantity, interval_min: Quantity = 60) -> Quantity:
    """Offered load in erlangs: the agents that would be busy on average if nobody ever waited.

    >>> erlangs(180, 5)
    15.0
    """
    return contacts * aht_min / interval_min


@in_blocks
def erlang_b(load: Quantity, agents: Quantity) -> Quantity:
    """Share of calls blocked when there is no queue (M/M/N/N), for zero or more agents.

    Erlang's loss formula as 1/B = integral of exp(-t) (1 + t/load)^agents dt, with t = load (exp(-s) - 1).

    >>> round(float(erlang_b(15, 19)), 12)
    0.063695014655
    """
    # With no load the integral has no finite scale; the answer needs none.
    offered = np.maximum(load, 1e-300)
    integrand = hump(agents + 1, offered, agents + 1 - offered, np.minimum)
    _, mass = points(integrand, -np.inf, 0.0)
    blocked = np.exp(-integrand.height) / (offered * mass.sum(axis=-1))
    return np.where(load > 0, blocked, np.where(agents > 0, 0.0, 1.0))


def erlang_c(load: Quantity, agents: Quantity) -> Quantity:
    """Share of callers who wait when nobody hangs up (M/M/N); 1 when agents do not exceed the load.

    >>> round(float(erlang_c(15, 19)), 12), float(erlang_c(15, 15))
    (0.244218250656, 1.0)
    """
    return _erlang_c(load, agents)[0]


def wait_probability(
    load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity = np.inf
) -> Quantity:
    """Share of callers who find all agents busy.

    >>> round(float(wait_probability(15, 17, 5, 120)), 12)
    0.273918293732
    """
    return _by_patience(
        patience_sec / (60 * aht_min),
        lambda: erlang_c(load, agents),
        lambda patience_aht: _erlang_a(load, agents, patience_aht).wait_probability,
    )


def service_level(
    load: Quantity,
    agents: Quantity,
    aht_min: Quantity,
    threshold_sec: Quantity,
    patience_sec: Quantity = np.inf,
) -> Quantity:
    """Share of offered calls that are answered within the threshold.

    Callers who hang up count as offered and not answered. With infinite patience the level is 0 when agents
    do not exceed the load: the queue grows without end.

    >>> round(float(service_level(15, 19, 5, 20)), 12)
    0.812946321077
    >>> round(float(service_level(15, 19, 5, 20, 120)), 12)
    0.907041101373
    """
    threshold_aht = threshold_sec / (60 * aht_min)
    return _by_patience(
        patience_sec / (60 * aht_min),
        lambda: _patient_service(load, agents, threshold_aht),
        lambda patience_aht: _erlang_a(load, agents, patience_aht, threshold_aht).service_level,
    )


def average_wait_sec(
    load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity = np.inf
) -> Quantity:
    """Average speed of answer: mean wait of *answered* callers in seconds, those answered at once included.

    Most tools print the mean over all callers, those who hang up too. Infinite with infinite patience when
    agents do not exceed the load.

    >>> round(float(average_wait_sec(15, 19, 5)), 9)
    18.316368799
    >>> round(float(average_wait_sec(15, 19, 5, 120)), 9)
    3.283947144
    """
    wait_aht = _by_patience(
        patience_sec / (60 * aht_min),
        lambda: _patient_wait(load, agents),
        lambda patience_aht: _erlang_a(load, agents, patience_aht).answered_wait * patience_aht,
    )
    return wait_aht * 60 * aht_min


def abandonment(load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity) -> Quantity:
    """Share of offered calls that hang up before an answer; finite for any number of agents from one up.

    >>> round(float(abandonment(15, 17, 5, 120)), 12)
    0.068470517314
    """
    return _by_patience(
        patience_sec / (60 * aht_min),
        lambda: np.zeros(np.broadcast(load, agents).shape),
        lambda patience_aht: _erlang_a(load, agents, patience_aht).abandonment,
    )


def occupancy(
    load: Quantity, agents: Quantity, aht_min: Quantity, patience_sec: Quantity = np.inf
) -> Quantity:
    """Carried load over agents: the share of on-phone time spent handling; above 1 the queue never clears.

    >>> round(float(occupancy(15, 19, 5)), 12), round(float(occupancy(15, 17, 5, 120)), 12)
    (0.789473684211, 0.82193777884)
    """
    return _by_patience(
        patience_sec / (60 * aht_min),
        lambda: np.divide(load, agents),
        lambda patience_aht: _erlang_a(load, agents, patience_aht).occupancy(load, agents),
    )


def agents_required(
    load: Quantity,
    aht_min: Quantity,
    target: Quantity,
    threshold_sec: Quantity,
    max_occupancy: Quantity = 1.0,
    patience_sec: Quantity = np.inf,
    max_abandonment: Quantity = 1.0,
) -> Quantity:
    """Smallest whole number of agents that meets service level, occupancy cap and abandonment cap.

    With infinite patience the agents must exceed the load. Otherwise they may be fewer, and the occupancy
    cap looks at the carried load. More agents never lower the service level nor raise occupancy or
    abandonment, so the search is exact.

    >>> float(agents_required(15, 5, 0.80, 20, 0.85)), float(agents_required(6, 6, 0.80, 20, 0.85))
    (19.0, 9.0)
    >>> float(agents_required(6, 6, 0.80, 20, 0.85, patience_sec=180))
    8.0
    """
    limits = (target, threshold_sec, max_occupancy, patience_sec, max_abandonment)
    cells = np.broadcast_arrays(*(np.asarray(argument, dtype=float) for argument in (load, aht_min, *limits)))
    offered, aht, level, threshold, cap, patience, loss = (cell.ravel() for cell in cells)
    handle_sec, waits = 60 * aht, np.isinf(patience)
    patient = offered, level, threshold / handle_sec, cap
    impatient = *patient, patience / handle_sec, loss
    agents = np.empty(offered.size)
    agents[waits] = _patient_agents(*(column[waits] for column in patient))
    agents[~waits] = _impatient_agents(*(column[~waits] for column in impatient))
    return agents.reshape(cells[0].shape)[()]


def whole_agents(agents: Quantity) -> Quantity:
    """Agents rounded up, once, at the end; a billionth above a whole number is rounding, not a person.

    >>> float(whole_agents(42.00000000000001)), float(whole_agents(42.1))
    (42.0, 43.0)
    """
    return np.ceil(agents * (1 - _ROUNDING))


def _by_patience(
    patience_aht: Quantity, patient: Callable[[], Any], impatient: Callable[[Quantity], Any]
) -> Quantity:
    """Erlang C where patience is infinite, Erlang A elsewhere; neither runs where no cell asks for it."""
    leaves = np.isfinite(patience_aht)
    if not leaves.any():
        return np.where(leaves, 0.0, patient())[()]
    finite = impatient(np.where(leaves, patience_aht, 1.0))
    return finite if leaves.all() else np.where(leaves, finite, patient())[()]


# Nobody hangs up: Erlang C. Times are in handle times.


def _erlang_c(load: Quantity, agents: Quantity) -> tuple[Quantity, Quantity]:
    """Shares who wait and who do not: N B and (N - A)(1 - B), each over their sum N - A (1 - B)."""
    blocked = erlang_b(load, agents)
    spare = np.maximum(np.subtract(agents, load), 0.0)
    total = np.where(spare > 0, spare + load * blocked, 1.0)
    return np.where(spare > 0, agents * blocked / total, 1.0)[()], spare * (1 - blocked) / total


def _patient_service(load: Quantity, agents: Quantity, threshold_aht: Quantity) -> Quantity:
    """SL = 1 - P_w exp(-(N - A) T), written as a sum so that a low level keeps its digits."""
    waits, at_once = _erlang_c(load, agents)
    spare = np.maximum(np.subtract(agents, load), 0.0)
    return at_once - waits * np.expm1(-spare * threshold_aht)


def _patient_wait(load: Quantity, agents: Quantity) -> Quantity:
    """ASA = P_w / (N - A)."""
    spare = np.subtract(agents, load)
    stable = spare > 0
    return np.where(stable, erlang_c(load, agents) / np.where(stable, spare, 1.0), np.inf)


# Callers hang up: Erlang A.


class _Flows(NamedTuple):
    """What becomes of callers, in an arbitrary unit: at_once, after_wait and abandoned are all of them."""

    at_once: Quantity
    after_wait: Quantity
    abandoned: Quantity
    in_time: Quantity
    waited: Quantity

    @property
    def answered(self) -> Quantity:
        return self.at_once + self.after_wait

    @property
    def offered(self) -> Quantity:
        return self.answered + self.abandoned

    @property
    def wait_probability(self) -> Quantity:
        return (self.after_wait + self.abandoned) / self.offered

    @property
    def service_level(self) -> Quantity:
        return self.in_time / self.offered

    @property
    def abandonment(self) -> Quantity:
        return self.abandoned / self.offered

    @property
    def answered_wait(self) -> Quantity:
        """In patiences."""
        return self.waited / self.answered

    def occupancy(self, load: Quantity, agents: Quantity) -> Quantity:
        return load * (self.answered / self.offered) / agents


def _erlang_a(
    load: Quantity, agents: Quantity, patience_aht: Quantity, threshold_aht: Quantity = 0.0
) -> _Flows:
    return _Flows(*_flows(load, agents, patience_aht, threshold_aht / patience_aht))


@in_blocks
def _flows(load: Quantity, agents: Quantity, patience_aht: Quantity, threshold: Quantity) -> Quantity:
    """The fields of _Flows as rows; patience in handle times, waits and threshold in patiences.

    In patiences the virtual wait s has density v(s) proportional to exp(rate (1 - exp(-s)) - drain s), which
    starts at s = 0 from the blocking of one agent fewer; of those who would wait s, exp(-s) still do. The
    abandoned flow, the integral of v(s) (1 - exp(-s)), cancels when few abandon: integrated by parts twice
    it has positive terms only. Every flow is divided by exp(height), which overflows far below the load.
    """
    rate, drain = load * patience_aht, agents * patience_aht
    gap = (agents - load) * patience_aht + 1
    # A floor of 1e-300 keeps the logarithm of an empty load finite and changes nothing.
    answered = hump(drain + 1, np.maximum(rate, 1e-300), gap, np.maximum)
    s, mass = points(answered, 0.0, np.inf)
    _, early_mass = points(answered, 0.0, threshold)
    blocked = erlang_b(load, agents - 1)
    at_once, after_wait = np.exp(-answered.height), rate * mass.sum(axis=-1)
    leaving = at_once + after_wait - rate * drain * (mass * np.expm1(-s)).sum(axis=-1)
    return np.stack(
        _Flows(
            at_once=at_once,
            after_wait=blocked * after_wait,
            abandoned=blocked * load / agents * leaving / (drain + 1),
            in_time=at_once + blocked * rate * early_mass.sum(axis=-1),
            waited=blocked * rate * (mass * s).sum(axis=-1),
        )
    )


# The search for agents. Times are in handle times.


def _patient_agents(
    load: Quantity, target: Quantity, threshold_aht: Quantity, max_occupancy: Quantity
) -> Quantity:
    def room(agents: Quantity, rows: Quantity) -> Quantity:
        served = _patient_service(load[rows], agents, threshold_aht[rows])
        return _room(1 - served, 1 - target[rows])

    stable = np.floor(load * (1 + _ROUNDING)) + 1
    lowest = np.maximum(stable, whole_agents(load / max_occupancy))
    guess = np.rint(load + _square_root_margin(load, target, threshold_aht))
    return _smallest_whole(room, load, guess, lowest)


def _impatient_agents(
    load: Quantity,
    target: Quantity,
    threshold_aht: Quantity,
    max_occupancy: Quantity,
    patience_aht: Quantity,
    max_abandonment: Quantity,
) -> Quantity:
    def room(agents: Quantity, rows: Quantity) -> Quantity:
        flows = _erlang_a(load[rows], agents, patience_aht[rows], threshold_aht[rows])
        served = _room(1 - flows.service_level, 1 - target[rows])
        busy = _room(flows.occupancy(load[rows], agents), max_occupancy[rows])
        lost = _room(flows.abandonment, max_abandonment[rows])
        return np.minimum(np.minimum(served, busy), lost)

    # The first guess only saves tries. A long queue is fluid: callers wait until enough have left, which
    # takes patience * log(load / agents). The fewer leave, the more of the patient margin is needed.
    answered = np.maximum(np.maximum(target, 1 - max_abandonment), np.exp(-threshold_aht / patience_aht))
    shed, margin = load * (1 - answered), _square_root_margin(load, target, threshold_aht)
    guess = load - shed + margin / (1 + shed / np.maximum(margin, 1.0))
    capped = np.where(max_occupancy < 1, np.maximum(guess, load / max_occupancy), guess)
    return _smallest_whole(room, load, np.rint(capped), np.ones_like(load))


def _room(share: Quantity, limit: Quantity) -> Quantity:
    """How far a share is below its limit in standard deviations, a scale close to linear in agents."""
    from scipy.special import ndtri

    # A cap of 100% never binds; 40 deviations stand for infinity.
    ceiling = np.clip(ndtri(np.clip(limit + _SAME_SHARE, 0.0, 1.0)), -40.0, 40.0)
    return ceiling - np.clip(ndtri(np.clip(share, 0.0, 1.0)), -40.0, 40.0)


def _square_root_margin(load: Quantity, target: Quantity, threshold_aht: Quantity) -> Quantity:
    """Agents above the load by Halfin and Whitt's rule b sqrt(load): a first guess, right to an agent or so.

    Solves log(1 + b M(b)) + b sqrt(load) T = -log(1 - SL) for b, M the normal distribution over its density;
    12 halvings from b = sqrt(-2 log(1 - SL)) place the guess within a tenth of an agent.
    """
    from scipy.special import erfcx

    root, distance = np.sqrt(load), -np.log1p(-target)
    low, high = np.zeros_like(distance), np.sqrt(2 * distance)
    for _ in range(12):
        middle = (low + high) / 2
        waits = np.log1p(middle * np.sqrt(np.pi / 2) * erfcx(-middle / np.sqrt(2)))
        enough = waits + middle * root * threshold_aht >= distance
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high * root


def _smallest_whole(
    room: Callable[[Quantity, Quantity], Any], load: Quantity, guess: Quantity, lowest: Quantity
) -> Quantity:
    """Smallest whole n >= lowest with room(n, rows) >= 0, for a room that never falls as n rises.

    Secant steps, kept between the largest n known to fail and the smallest known to meet; their middle when
    a step leaves that bracket, and every fourth time, so that no bend can stall the search. A try that fails
    is followed by the one that should just meet, and the other way round: a good guess costs two tries.
    Settled rows drop out.
    """
    answer, rows = np.full_like(load, np.inf), np.arange(load.size)
    few, enough = lowest - 1, answer.copy()
    n, spread = np.maximum(guess, lowest), np.sqrt(load) + 1
    slope, last_n, last_found = 1 / spread, n, np.zeros_like(load)
    tries = 0
    while rows.size:
        found, tries = room(n, rows), tries + 1
        meets = found >= 0
        few, enough = np.where(meets, few, n), np.where(meets, n, enough)
        answer[rows] = enough
        if tries > 1:
            slope = np.maximum((found - last_found) / (n - last_n), 1e-9)
        aim = np.ceil(n - found / slope) - meets
        aim = np.clip(aim, n - spread * 2**tries, n + spread * 2**tries)
        outside = (aim < few) | (aim > enough) | (tries % 4 == 0)
        aim = np.where(outside & np.isfinite(enough), (few + enough) / 2, aim)
        aim = np.clip(np.floor(aim), few + 1, enough - 1)
        state = rows, few, enough, aim, spread, slope, n, found
        rows, few, enough, n, spread, slope, last_n, last_found = (x[enough - few > 1] for x in state)
    return answer
