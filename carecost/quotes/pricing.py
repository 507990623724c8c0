"""All of the pricing: terms, invoice, own costs and figures. Read it from here."""

from carecost.quotes import costs as costs  # declares its lines after the invoice's
from carecost.quotes.invoice import PRICING

__all__ = ["PRICING"]
