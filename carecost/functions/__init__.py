"""The CARE functions: ``from carecost.functions import CARE_FTE_COST``.

Each is declared once, in the module of its area; importing this package declares them all. ``REGISTRY``
is the ordered mapping that hosts read.
"""

# isort: off
# The areas in the order of the catalogue.
from carecost.functions import labor as _labor  # noqa: F401
from carecost.functions import staffing as _staffing  # noqa: F401
from carecost.functions import technology as _technology  # noqa: F401
from carecost.functions import outsourcing as _outsourcing  # noqa: F401
from carecost.functions import benefits as _benefits  # noqa: F401
from carecost.functions import finance as _finance  # noqa: F401

# isort: on
from carecost.functions.declare import REGISTRY, Example, Function, Rule
from carecost.functions.parameter import NO_DEFAULT, Parameter

globals().update(REGISTRY)
__all__ = ["NO_DEFAULT", "REGISTRY", "Example", "Function", "Parameter", "Rule", *REGISTRY]
