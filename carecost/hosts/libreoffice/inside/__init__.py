"""What runs inside LibreOffice: copied into the extension, as ``carecost_inside``.

LibreOffice brings its own Python, from 3.8 on, and nothing but the standard library and ``uno`` is there
for sure: these files import no part of carecost at the top, and keep to the syntax of 3.8.
"""
