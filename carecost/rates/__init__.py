"""What things cost: dated, sourced figures, benchmarks over them, and rate cards.

Three TOML files carry the numbers: ``figures.toml`` (what the guides state), ``benchmarks.toml`` (which
figures speak about which model input) and ``card.toml`` (the built-in markets).
"""

from .active import ENVIRONMENT_VARIABLE, active_card, use_card
from .benchmarks import Benchmark, benchmark, benchmark_names
from .card import Market, Price, RateCard
from .cardfile import builtin_card, load_card
from .figures import Figure, figures
from .tables import Level, UnknownNameError

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "Benchmark",
    "Figure",
    "Level",
    "Market",
    "Price",
    "RateCard",
    "UnknownNameError",
    "active_card",
    "benchmark",
    "benchmark_names",
    "builtin_card",
    "figures",
    "load_card",
    "use_card",
]
