"""Write docs/functions.md and the editors' stub from the declarations: ``python docs/functions.py``."""

from pathlib import Path

from carecost.functions.describe import markdown, stub

HERE = Path(__file__).parent
STUB = HERE.parent / "carecost" / "functions" / "__init__.pyi"

if __name__ == "__main__":
    (HERE / "functions.md").write_text(markdown(), encoding="utf-8")
    STUB.write_text(stub(), encoding="utf-8")
