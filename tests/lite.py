"""xlwings Lite's side of a call, without a browser: the code that xlwings runs in Pyodide, on stand-ins for it.

Run as a program it reads {main, calls} from standard input, loads ``main`` as Lite loads the workbook's main.py,
and writes the answers. What a Lite workbook does not have cannot be imported: a call that needed pandas, openpyxl
or typer would fail.
"""

import asyncio
import importlib.util
import json
import os
import sys
import types
from pathlib import Path

# What a Lite workbook has: Pyodide's own packages that carecost asks for, with theirs, and xlwings.
IN_LITE = {
    "carecost", "xlwings", "numpy", "scipy", "pydantic", "pydantic_core", "annotated_types", "typing_extensions",
    "typing_inspection",
}  # fmt: skip


class OnlyWhatLiteHas:
    """Refuses every module that is neither Python's own nor in Lite."""

    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        own = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if not own and top not in IN_LITE and top not in self.ours:
            raise ModuleNotFoundError(f"{name} is not in xlwings Lite", name=name)

    # xlwings' own code for Pyodide and the modules of a workbook.
    ours = ("config", "custom_functions", "custom_scripts", "wasm_runtime")


class JsNull:
    """Pyodide's null, from its release 0.28 on."""


class JsObject(dict):
    """What the browser hands over."""

    def to_py(self):
        return nulls(dict(self))


def nulls(value):
    """JSON with each null as Pyodide has it."""
    if isinstance(value, dict):
        return {name: nulls(each) for name, each in value.items()}
    if isinstance(value, list):
        return [nulls(each) for each in value]
    return JsNull() if value is None else value


def module(name, **contents):
    made = sys.modules[name] = types.ModuleType(name)
    vars(made).update(contents)
    return made


def runtime(main):
    """xlwings' code for Pyodide, with ``main`` as the workbook's main.py."""
    folder = Path(importlib.util.find_spec("xlwings_server").origin).parent / "wasm"
    sys.meta_path.insert(0, OnlyWhatLiteHas())
    os.environ["XLWINGS_LICENSE_KEY"] = "noncommercial"
    sys.path.insert(0, str(folder))
    ffi = module("pyodide.ffi", JsNull=JsNull, to_js=lambda value, dict_converter: value)
    module("pyodide", ffi=ffi)
    module("js", Object=types.SimpleNamespace(fromEntries=dict), console=types.SimpleNamespace(log=print))
    import config  # noqa: F401  sets what xlwings reads when it is imported

    exec(main, module("custom_functions").__dict__)
    module("custom_scripts")
    import wasm_runtime

    return wasm_runtime


def main():
    given = json.load(sys.stdin)
    xlwings = runtime(given["main"])
    answers = [asyncio.run(xlwings.custom_functions_call(JsObject(call))) for call in given["calls"]]
    json.dump(
        {
            "named": [each["name"] for each in xlwings.custom_functions_meta(given["main"])["functions"]],
            "code": xlwings.custom_functions_code(given["main"]),
            "answers": answers,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
