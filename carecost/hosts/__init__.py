"""Where the functions run: Excel and LibreOffice."""
