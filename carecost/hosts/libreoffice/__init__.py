"""The functions in LibreOffice Calc: an extension written from the registry, and what installs and checks it."""
