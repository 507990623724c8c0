"""Excel formula text from unchanged model code: call it with operands instead of numbers."""

from carecost.formulas.operand import Operand, ref

__all__ = ["Operand", "ref"]
