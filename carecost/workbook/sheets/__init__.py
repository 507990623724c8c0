"""One module per sheet of the P&L workbook."""
