"""Written by ``python docs/functions.py`` from the declarations; a test keeps it fresh."""

from typing import Any

from carecost.functions.declare import REGISTRY as REGISTRY
from carecost.functions.declare import Example as Example
from carecost.functions.declare import Function as Function
from carecost.functions.declare import Rule as Rule
from carecost.functions.parameter import NO_DEFAULT as NO_DEFAULT
from carecost.functions.parameter import Parameter as Parameter

def CARE_FTE_COST(
    market: Any,
    salary: Any = None,
    burden: Any = None,
    tools_month: Any = None,
    facilities_month: Any = None,
    mgmt_overhead: Any = None,
    attrition: Any = None,
    cost_per_hire: Any = None,
    period: Any = None,
    level: Any = None,
) -> Any:
    """Fully loaded cost of one FTE: the market's sourced figure, or built up from a yearly salary."""

def CARE_FTE_BREAKDOWN(
    market: Any,
    salary: Any = None,
    burden: Any = None,
    tools_month: Any = None,
    facilities_month: Any = None,
    mgmt_overhead: Any = None,
    attrition: Any = None,
    cost_per_hire: Any = None,
) -> Any:
    """The lines that make up the fully loaded cost of one FTE, and their total."""

def CARE_HIRE_COST(
    training_hours: Any,
    hour_cost: Any,
    recruiting: Any = None,
    trainer_cost: Any = None,
    enablement: Any = None,
    training_attrition: Any = None,
    ramp: Any = None,
    hours_week: Any = None,
) -> Any:
    """Cost of one proficient hire: recruiting and training, spread over those who complete it, and ramp."""

def CARE_HOUR_COST(
    annual_cost: Any,
    shrinkage: Any = None,
    occupancy: Any = None,
    basis: Any = None,
    hours_year: Any = None,
) -> Any:
    """Cost of one hour that is paid, productive (available for contacts) or handled (in a contact)."""

def CARE_CONTACT_COST(
    annual_cost: Any,
    aht_min: Any,
    shrinkage: Any = None,
    occupancy: Any = None,
    concurrency: Any = None,
    extra: Any = None,
    hours_year: Any = None,
) -> Any:
    """Cost of one contact: handle time at the cost of a handled hour, and usage."""

def CARE_RESOLVED_COST(
    cost_per_contact: Any,
    fcr: Any,
    csat: Any = None,
    csat_ref: Any = None,
) -> Any:
    """Cost of one resolved issue: cost per contact over first-contact resolution, adjusted for satisfaction when both satisfaction shares are given."""

def CARE_INDEX(
    amount: Any,
    annual_rate: Any,
    month: Any,
    fx: Any = None,
    mode: Any = None,
) -> Any:
    """A price of month 1 in a later month: converted, and raised by a yearly rate."""

def CARE_WORKLOAD(
    contacts: Any,
    aht_min: Any,
    concurrency: Any = None,
) -> Any:
    """Handling hours for a number of contacts. Says nothing about service level or staff."""

def CARE_FTE(
    workload_hours: Any,
    shrinkage: Any = None,
    occupancy: Any = None,
    hours_month: Any = None,
) -> Any:
    """FTE for a month's handling hours, not rounded. For months and work that can wait, not for peaks."""

def CARE_SHRINKAGE(
    components: Any,
    method: Any = None,
) -> Any:
    """Total shrinkage from its components: each taken from the time the others leave, or simply added."""

def CARE_COVERAGE(
    seats: Any = None,
    hours_week: Any = None,
    shrinkage: Any = None,
    paid_hours_week: Any = None,
) -> Any:
    """FTE that keep seats staffed through all open hours, not rounded. In hours a year: the relief factor."""

def CARE_AGENTS(
    contacts: Any,
    aht_min: Any,
    sl: Any = None,
    threshold_sec: Any = None,
    interval_min: Any = None,
    max_occ: Any = None,
    patience_sec: Any = None,
    max_abandon: Any = None,
) -> Any:
    """Smallest whole number of agents that meets service level, occupancy cap and abandonment cap. Erlang C; exact Erlang A once patience_sec is given. At least 1, also without contacts."""

def CARE_SL(
    contacts: Any,
    aht_min: Any,
    agents: Any,
    threshold_sec: Any = None,
    interval_min: Any = None,
    patience_sec: Any = None,
) -> Any:
    """Service level: share of offered contacts answered within the threshold; who hangs up counts as not answered. 0 when agents do not exceed the erlangs and nobody hangs up."""

def CARE_ASA(
    contacts: Any,
    aht_min: Any,
    agents: Any,
    interval_min: Any = None,
    patience_sec: Any = None,
) -> Any:
    """Average speed of answer: mean wait of answered callers. Most tools print the mean over all callers, those who hang up too."""

def CARE_ABANDON(
    contacts: Any,
    aht_min: Any,
    agents: Any,
    patience_sec: Any,
    interval_min: Any = None,
) -> Any:
    """Share of callers who hang up before an answer (exact Erlang A), also when agents are fewer than the erlangs."""

def CARE_OCCUPANCY(
    contacts: Any,
    aht_min: Any,
    agents: Any,
    interval_min: Any = None,
    patience_sec: Any = None,
) -> Any:
    """Share of on-phone time spent handling contacts: erlangs over agents; with patience_sec the carried load over agents. Above 100% the queue never clears."""

def CARE_CHAT_AGENTS(
    chats: Any,
    session_min: Any,
    concurrency: Any = None,
    sl: Any = None,
    threshold_sec: Any = None,
    interval_min: Any = None,
    slowdown: Any = None,
) -> Any:
    """Whole agents for chat: Erlang C on chat slots, several to an agent; slots over concurrency, rounded up once. At least 1, also without chats."""

def CARE_BACKLOG_AGENTS(
    inflow_day: Any,
    aht_min: Any,
    backlog: Any = None,
    clear_days: Any = None,
    hours_day: Any = None,
    shrinkage: Any = None,
    occupancy: Any = None,
) -> Any:
    """Agents for work that can wait, such as email: a day's inflow and the backlog over the days to clear it. Not rounded."""

def CARE_TIERED(
    quantity: Any,
    tier_from: Any,
    price: Any,
    mode: Any = None,
) -> Any:
    """Cost of a quantity under tiered prices: each band at its own price, or all units at the band reached."""

def CARE_LICENSE_COST(
    agents: Any,
    price_month: Any,
    months: Any = None,
    reserve: Any = None,
    min_seats: Any = None,
    reserve_mode: Any = None,
) -> Any:
    """Cost of license seats over some months, with a reserve for integration and maintenance."""

def CARE_TELEPHONY_COST(
    contacts: Any,
    talk_min: Any,
    rate_min: Any,
    queue_min: Any = None,
    ivr_min: Any = None,
    agents: Any = None,
    agent_month: Any = None,
) -> Any:
    """Cost of calls and telephone seats in a month. Talk, queue and menu minutes are billed, wrap-up is not."""

def CARE_STORAGE_COST(
    minutes_month: Any,
    gb_month_price: Any,
    retention_months: Any = None,
    month: Any = None,
    mb_per_min: Any = None,
) -> Any:
    """Cost of one month for call recordings kept, in a given month or once as many are deleted as added."""

def CARE_SMS_COST(
    messages: Any,
    rate: Any,
    characters: Any = None,
    unicode: Any = None,
) -> Any:
    """Cost of text messages. A long message is billed as several segments."""

def CARE_AI_COST(
    contacts: Any,
    rate: Any,
    share: Any = None,
    replies: Any = None,
) -> Any:
    """Cost of AI assistance that is billed per reply."""

def CARE_BPO_SEAT_COST(
    market: Any,
    seats: Any = None,
    seat_month: Any = None,
    minimum: Any = None,
    premium: Any = None,
    credit: Any = None,
    level: Any = None,
) -> Any:
    """Monthly bill for outsourced seats, at your price or the market's sourced one."""

def CARE_BPO_BILL(
    units: Any,
    rate: Any,
    minimum: Any = None,
    premium: Any = None,
    credit: Any = None,
    fixed: Any = None,
) -> Any:
    """Monthly bill of a vendor for any unit: usage with premiums, at least the minimum, and a fixed fee."""

def CARE_BPO_HOUR(
    rate: Any,
    model: Any,
    shrinkage: Any = None,
    occupancy: Any = None,
    aht_min: Any = None,
    fcr: Any = None,
    hours_month: Any = None,
    concurrency: Any = None,
) -> Any:
    """A vendor's price of any kind per productive hour: the one basis on which quotes compare."""

def CARE_BPO_TCO(
    monthly_fee: Any,
    term: Any = None,
    setup: Any = None,
    ramp: Any = None,
    credit: Any = None,
    indexation: Any = None,
    client_cost: Any = None,
    exit_cost: Any = None,
    discount: Any = None,
) -> Any:
    """What a vendor costs over the whole term: setup, fees with ramp and indexation, own cost and exit; the present value when discounted."""

def CARE_SERVICE_CREDIT(
    fees: Any,
    attained: Any,
    target: Any,
    credit: Any = None,
    consecutive: Any = None,
    cap: Any = None,
) -> Any:
    """Service credits month by month, due only from the n-th miss in a row on. Compensation for a failure: not to be planned as a saving."""

def CARE_SCORECARD(
    table: Any,
    weights: Any,
    direction: Any,
) -> Any:
    """Points of 100 for each vendor: its ratio to the best in each criterion, weighted. Show price and quality beside it: the ratios depend on who else bids."""

def CARE_DEFLECTION(
    contacts: Any,
    cost_contact: Any,
    success: Any = None,
    run_cost: Any = None,
    leakage: Any = None,
    cashable: Any = None,
) -> Any:
    """Net monthly saving of self-service: contacts it takes away, at their cost, less its run cost."""

def CARE_DEFLECTION_ROI(
    contacts: Any,
    cost_contact: Any,
    success: Any = None,
    run_cost: Any = None,
    leakage: Any = None,
    cashable: Any = None,
    one_off: Any = None,
    months: Any = None,
) -> Any:
    """Return on self-service: net benefit over the months, divided by all it costs."""

def CARE_DEFLECTION_BREAKEVEN(
    contacts: Any,
    cost_contact: Any,
    run_cost: Any,
    leakage: Any = None,
    cashable: Any = None,
) -> Any:
    """Success rate at which self-service saves exactly its run cost. Above 100% it cannot pay."""

def CARE_CHURN_VALUE(
    arr: Any,
    churn_cut: Any,
    gross_margin: Any = None,
    months: Any = None,
    lag: Any = None,
    ramp: Any = None,
    method: Any = None,
) -> Any:
    """Gross profit kept over the months by cutting yearly churn by some percentage points."""

def CARE_CHURN_BREAKEVEN(
    arr: Any,
    invest: Any,
    run_month: Any = None,
    gross_margin: Any = None,
    months: Any = None,
    lag: Any = None,
    ramp: Any = None,
    method: Any = None,
) -> Any:
    """Churn cut, in percentage points of yearly revenue, at which the case is level after the months."""

def CARE_CHURN_PAYBACK(
    arr: Any,
    churn_cut: Any,
    invest: Any,
    run_month: Any = None,
    gross_margin: Any = None,
    lag: Any = None,
    ramp: Any = None,
    method: Any = None,
    horizon: Any = None,
) -> Any:
    """Months until profit kept by less churn has paid for the program, linear inside the month."""

def CARE_PAYBACK(
    flows: Any,
    discount_annual: Any = None,
    per_year: Any = None,
    interpolate: Any = None,
) -> Any:
    """Periods until a list of cash flows has paid back: the running sum comes back to zero from below."""

def CARE_NPV(
    annual_rate: Any,
    flows: Any,
    first: Any = None,
    per_year: Any = None,
) -> Any:
    """Today's value of a list of cash flows at an effective yearly rate; the first flow counts in full."""

def CARE_IRR(
    flows: Any,
    per_year: Any = None,
) -> Any:
    """Effective yearly rate at which a list of cash flows is worth nothing today."""

def CARE_CONTINGENCY(
    base: Any,
    pct: Any = None,
    mode: Any = None,
) -> Any:
    """Contingency as a share of a budget, on top of it or within the total that includes it."""

def CARE_PERT(
    low: Any,
    likely: Any,
    high: Any,
    p: Any = None,
    lambda_: Any = None,
) -> Any:
    """Expected value of a three-point estimate (beta-PERT), or the value not exceeded with probability p."""

def CARE_RISK(
    low: Any,
    likely: Any,
    high: Any,
    p: Any = None,
    corr: Any = None,
    runs: Any = None,
    seed: Any = None,
) -> Any:
    """Total of several three-point lines that is not exceeded with probability p, by simulation. Less SUM(likely), it is the contingency."""

def CARE_PNL(
    contacts: Any,
    assumptions: Any,
) -> Any:
    """The 12-month P&L from 12 monthly volumes and a block of assumptions: name, value, and a source if you like."""

def CARE_BENCHMARK(
    name: Any,
    which: Any = None,
    source: Any = None,
) -> Any:
    """A published figure for customer care: low, middle or high end of what the guides state."""

def CARE_CHECK(
    name: Any,
    value: Any,
) -> Any:
    """OK, or on which side of the published range a value lies, with the guides that state it. A range of one figure is OK at that figure only."""
