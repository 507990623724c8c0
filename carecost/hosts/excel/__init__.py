"""Excel through xlwings: the classic add-in on Windows, xlwings Server, and xlwings Lite."""
