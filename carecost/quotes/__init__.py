"""Vendor quotes: offers declared, priced month by month against one demand, and compared on one basis."""
