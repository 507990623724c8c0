"""Staffing: hours, FTE and the agents that a queue, a chat, a backlog or an open seat needs."""

import numpy as np

from carecost.functions import working_time
from carecost.functions.declare import Rule, care
from carecost.functions.parameter import Parameter, number, numbers, option, share, whole
from carecost.model import staffing
from carecost.model.native import Quantity
from carecost.model.queueing import erlangs

AREA = "Staffing"
SERVICE, CHAT_SERVICE = 0.80, 0.90
THRESHOLD_SEC, CHAT_THRESHOLD_SEC, INTERVAL_MIN = 20, 60, 60
# Beyond this someone has typed a month's contacts for an interval's.
MOST_ERLANGS = 5000


def _aht(help: str = "Handle time of a contact in minutes: talk, hold and wrap-up") -> Parameter:
    return number("minutes", help, above=0)


def _interval() -> Parameter:
    return number(
        "minutes",
        "Length of the interval in which the contacts arrive",
        default=INTERVAL_MIN,
        above=0,
        source="Driveert and Deserve, peak-hour examples",
    )


def _patience() -> Parameter:
    return number(
        "seconds",
        "Mean time callers wait before they hang up (Erlang A). Blank: nobody hangs up (Erlang C)",
        default=None,
        above=0,
    )


def _threshold(default: float, source: str) -> Parameter:
    return number("seconds", "Time within which contacts should be answered", default=default, source=source)


def _agents() -> Parameter:
    return whole("agents", "Agents on the phone, a whole number: people in their seats, without shrinkage")


SESSION_IN_SECONDS = Rule(
    "#NUM!",
    f"session_min is above {working_time.LONGEST_AHT_MIN}: give it in minutes, not seconds",
    lambda session_min: session_min > working_time.LONGEST_AHT_MIN,
)
CONTACTS_PER_MONTH = Rule(
    "#NUM!",
    f"contacts make a load of more than {MOST_ERLANGS:,} erlangs: contacts per interval, not per month?",
    lambda contacts, aht_min, interval_min: erlangs(contacts, aht_min, interval_min) > MOST_ERLANGS,
)
CHATS_PER_MONTH = Rule(
    "#NUM!",
    f"chats make a load of more than {MOST_ERLANGS:,} erlangs: chats per interval, not per month?",
    lambda chats, session_min, concurrency, interval_min, slowdown: (
        erlangs(chats, staffing.chat_session_min(session_min, concurrency, slowdown), interval_min)
        > MOST_ERLANGS
    ),
)
SOMEBODY_HANGS_UP = Rule(
    "#NUM!",
    "max_abandon is 0: with any patience somebody hangs up; give a share above 0",
    lambda patience_sec, max_abandon: np.isfinite(patience_sec) & (max_abandon == 0),
)
GUARDS = (working_time.AHT_IN_SECONDS, CONTACTS_PER_MONTH)


@care(
    "CARE_WORKLOAD",
    area=AREA,
    summary="Handling hours for a number of contacts. Says nothing about service level or staff.",
    returns="hours, in the period of the contacts",
    examples=[("=CARE_WORKLOAD(4000,6)", 400)],
    rules=[working_time.AHT_IN_SECONDS],
)
def CARE_WORKLOAD(
    contacts: Quantity = number("contacts", "Contacts in the period, usually a month"),
    aht_min: Quantity = number(
        "minutes", "Handle time of a contact. Work time: concurrency 1. Elapsed time: divide"
    ),
    concurrency: Quantity = number(
        "contacts at a time",
        "Contacts an agent handles at once, when aht_min is elapsed time",
        default=1,
        min=1,
    ),
) -> Quantity:
    return staffing.workload(contacts, aht_min, concurrency)


@care(
    "CARE_FTE",
    area=AREA,
    summary="FTE for a month's handling hours, not rounded. For months and work that can wait, not for peaks.",
    returns="FTE",
    examples=[("=CARE_FTE(1100)", 10.665804783451842), ("=CARE_FTE(1100,35%,100%,160)", 10.576923076923077)],
)
def CARE_FTE(
    workload_hours: Quantity = number(
        "hours per month", "Handling hours in the month, as CARE_WORKLOAD gives them"
    ),
    shrinkage: Quantity = working_time.shrinkage(),
    occupancy: Quantity = working_time.occupancy(),
    hours_month: Quantity = working_time.hours_month(
        "Paid hours per FTE and month; the guides also use 160 and 176"
    ),
) -> Quantity:
    return staffing.fte(workload_hours, shrinkage, occupancy, hours_month)


@care(
    "CARE_SHRINKAGE",
    area=AREA,
    summary="Total shrinkage from its components: each taken from the time the others leave, or simply added.",
    returns="share",
    examples=[
        ("=CARE_SHRINKAGE({0.08;0.06;0.05;0.1})", 0.260596),
        ('=CARE_SHRINKAGE({0.08;0.06;0.05;0.1},"add")', 0.29),
    ],
    rules=[
        Rule(
            "#NUM!",
            "components add up to 100% or more: no time is left",
            lambda components, method: (method == "add") & (np.sum(components) >= 1),
        )
    ],
)
def CARE_SHRINKAGE(
    components: Quantity = numbers(
        "share",
        "Shares of paid time by reason (holidays, sickness, training), in one row or column",
        min=0,
        below=1,
    ),
    method: Quantity = option(
        "multiply: each is a share of what is left. add: each is a share of all paid time",
        ("multiply", "add"),
        default="multiply",
    ),
) -> Quantity:
    return np.where(method == "add", np.sum(components), staffing.shrinkage_in_turn(components))


@care(
    "CARE_COVERAGE",
    area=AREA,
    summary="FTE that keep seats staffed through all open hours, not rounded. In hours a year: the relief factor.",
    returns="FTE",
    examples=[("=CARE_COVERAGE()", 6), ("=CARE_COVERAGE(1,168,35%)", 6.461538461538462)],
)
def CARE_COVERAGE(
    seats: Quantity = number("seats", "Seats that must be staffed at any time", default=1),
    hours_week: Quantity = number(
        "hours per week",
        "Hours a week that each seat is open; 168 is around the clock",
        default=168,
        source="24 hours on 7 days",
    ),
    shrinkage: Quantity = working_time.shrinkage(),
    paid_hours_week: Quantity = number(
        "hours per week", "Paid hours per FTE and week", default=40, above=0, source="payroll standard"
    ),
) -> Quantity:
    return staffing.coverage(seats, hours_week, shrinkage, paid_hours_week)


@care(
    "CARE_AGENTS",
    area=AREA,
    summary="Smallest whole number of agents that meets service level, occupancy cap and abandonment cap. Erlang C;"
    " exact Erlang A once patience_sec is given. At least 1, also without contacts.",
    returns="agents on the phone; divide by (1 - shrinkage) for people",
    examples=[("=CARE_AGENTS(180,5)", 19), ("=CARE_AGENTS(60,6)", 9), ("=CARE_AGENTS(60,6,,,,,180)", 8)],
    rules=[*GUARDS, SOMEBODY_HANGS_UP],
)
def CARE_AGENTS(
    contacts: Quantity = number("contacts", "Contacts that arrive in the interval"),
    aht_min: Quantity = _aht(),
    sl: Quantity = share(
        "Share of offered contacts to be answered within the threshold; 100% would take endless agents",
        default=SERVICE,
        below=1,
        source="all guides",
    ),
    threshold_sec: Quantity = _threshold(THRESHOLD_SEC, "all guides"),
    interval_min: Quantity = _interval(),
    max_occ: Quantity = share(
        "Cap on the share of on-phone time spent handling",
        default=working_time.OCCUPANCY,
        above=0,
        source="top of the 75-85% that all guides give",
    ),
    patience_sec: Quantity = _patience(),
    max_abandon: Quantity = share(
        "Cap on the share who hang up; works with patience_sec only, as otherwise nobody does", default=1
    ),
) -> Quantity:
    load = erlangs(contacts, aht_min, interval_min)
    return staffing.agents_required(load, aht_min, sl, threshold_sec, max_occ, patience_sec, max_abandon)


@care(
    "CARE_SL",
    area=AREA,
    summary="Service level: share of offered contacts answered within the threshold; who hangs up counts as not"
    " answered. 0 when agents do not exceed the erlangs and nobody hangs up.",
    returns="share",
    examples=[
        ("=CARE_SL(180,5,19)", 0.8129463210765308),
        ("=CARE_SL(180,5,19,,,120)", 0.9070411013727356),
    ],
    rules=GUARDS,
)
def CARE_SL(
    contacts: Quantity = number("contacts", "Contacts that arrive in the interval"),
    aht_min: Quantity = _aht(),
    agents: Quantity = _agents(),
    threshold_sec: Quantity = _threshold(THRESHOLD_SEC, "all guides"),
    interval_min: Quantity = _interval(),
    patience_sec: Quantity = _patience(),
) -> Quantity:
    load = erlangs(contacts, aht_min, interval_min)
    return staffing.service_level(load, agents, aht_min, threshold_sec, patience_sec)


@care(
    "CARE_ASA",
    area=AREA,
    summary="Average speed of answer: mean wait of answered callers. Most tools print the mean over all callers, those"
    " who hang up too.",
    returns="seconds",
    examples=[
        ("=CARE_ASA(180,5,19)", 18.316368799219376),
        ("=CARE_ASA(180,5,19,,120)", 3.2839471437041676),
    ],
    rules=[
        *GUARDS,
        Rule(
            "#NUM!",
            "agents do not exceed the erlangs: the wait grows without end. Add agents, or give patience_sec",
            lambda contacts, aht_min, agents, interval_min, patience_sec: (
                ~np.isfinite(patience_sec) & (agents <= erlangs(contacts, aht_min, interval_min))
            ),
        ),
    ],
)
def CARE_ASA(
    contacts: Quantity = number("contacts", "Contacts that arrive in the interval"),
    aht_min: Quantity = _aht(),
    agents: Quantity = _agents(),
    interval_min: Quantity = _interval(),
    patience_sec: Quantity = _patience(),
) -> Quantity:
    load = erlangs(contacts, aht_min, interval_min)
    return staffing.average_wait_sec(load, agents, aht_min, patience_sec)


@care(
    "CARE_ABANDON",
    area=AREA,
    summary="Share of callers who hang up before an answer (exact Erlang A), also when agents are fewer than the"
    " erlangs.",
    returns="share",
    examples=[("=CARE_ABANDON(180,5,17,120)", 0.06847051731430781)],
    rules=GUARDS,
)
def CARE_ABANDON(
    contacts: Quantity = number("contacts", "Contacts that arrive in the interval"),
    aht_min: Quantity = _aht(),
    agents: Quantity = _agents(),
    patience_sec: Quantity = number("seconds", "Mean time callers wait before they hang up", above=0),
    interval_min: Quantity = _interval(),
) -> Quantity:
    load = erlangs(contacts, aht_min, interval_min)
    return staffing.abandonment(load, agents, aht_min, patience_sec)


@care(
    "CARE_OCCUPANCY",
    area=AREA,
    summary="Share of on-phone time spent handling contacts: erlangs over agents; with patience_sec the carried load"
    " over agents. Above 100% the queue never clears.",
    returns="share; above 1 when the load exceeds the agents and nobody hangs up",
    examples=[
        ("=CARE_OCCUPANCY(180,5,19)", 0.7894736842105263),
        ("=CARE_OCCUPANCY(180,5,17,,120)", 0.8219377788403166),
    ],
    rules=GUARDS,
)
def CARE_OCCUPANCY(
    contacts: Quantity = number("contacts", "Contacts that arrive in the interval"),
    aht_min: Quantity = _aht(),
    agents: Quantity = _agents(),
    interval_min: Quantity = _interval(),
    patience_sec: Quantity = _patience(),
) -> Quantity:
    load = erlangs(contacts, aht_min, interval_min)
    return staffing.occupancy(load, agents, aht_min, patience_sec)


@care(
    "CARE_CHAT_AGENTS",
    area=AREA,
    summary="Whole agents for chat: Erlang C on chat slots, several to an agent; slots over concurrency, rounded up"
    " once. At least 1, also without chats.",
    returns="agents on chat",
    examples=[("=CARE_CHAT_AGENTS(40,10)", 6), ("=CARE_CHAT_AGENTS(40,10,3)", 4)],
    rules=[SESSION_IN_SECONDS, CHATS_PER_MONTH],
)
def CARE_CHAT_AGENTS(
    chats: Quantity = number("chats", "Chats that start in the interval"),
    session_min: Quantity = _aht("Elapsed minutes of a chat that has the agent to itself; not work time"),
    concurrency: Quantity = number(
        "chats at a time", "Chats an agent holds at a time", default=2, min=1, source="Integra; Driveert"
    ),
    sl: Quantity = share(
        "Share of chats to be answered within the threshold; 100% would take endless agents",
        default=CHAT_SERVICE,
        below=1,
        source="Integra; Driveert",
    ),
    threshold_sec: Quantity = _threshold(CHAT_THRESHOLD_SEC, "Integra; Driveert"),
    interval_min: Quantity = _interval(),
    slowdown: Quantity = share("How much longer a session gets with each further chat at a time", default=0),
) -> Quantity:
    return staffing.chat_agents(chats, session_min, concurrency, sl, threshold_sec, interval_min, slowdown)


@care(
    "CARE_BACKLOG_AGENTS",
    area=AREA,
    summary="Agents for work that can wait, such as email: a day's inflow and the backlog over the days to clear it."
    " Not rounded.",
    returns="agents on the day's roster, shrinkage included",
    examples=[("=CARE_BACKLOG_AGENTS(300,12,600,5)", 17.647058823529413)],
    rules=[working_time.AHT_IN_SECONDS],
)
def CARE_BACKLOG_AGENTS(
    inflow_day: Quantity = number("contacts per day", "New contacts a day"),
    aht_min: Quantity = number("minutes", "Work time of a contact; elapsed time is not what an agent spends"),
    backlog: Quantity = number("contacts", "Contacts that wait already", default=0),
    clear_days: Quantity = number("days", "Days in which the backlog is to be cleared", default=1, above=0),
    hours_day: Quantity = number(
        "hours per day",
        "Paid hours per agent and day",
        default=8,
        above=0,
        max=24,
        source="Deserve, 8-hour shift",
    ),
    shrinkage: Quantity = working_time.shrinkage(),
    occupancy: Quantity = working_time.occupancy(),
) -> Quantity:
    return staffing.backlog_agents(inflow_day, aht_min, backlog, clear_days, hours_day, shrinkage, occupancy)
