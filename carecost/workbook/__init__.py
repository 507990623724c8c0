"""P&L workbooks: author the template from the lines, fill it with a plan, verify it with other engines."""
