// By hand: how far carecost comes in the real Pyodide, under Node, where its NumPy and SciPy cannot be had.
//
//   npm install pyodide && pip wheel --no-deps -w wheels . && pip download --no-deps -d wheels packaging pydantic
//     annotated-types typing-extensions typing-inspection
//   pip download --no-deps --only-binary=:all: --python-version 314 --implementation cp --abi cp314
//     --platform pyemscripten_2026_0_wasm32 -d wheels xlwings pydantic-core==THE_VERSION_PYDANTIC_ASKS_FOR
//   node tests/lite_in_pyodide.mjs wheels
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const { loadPyodide } = createRequire(path.join(process.cwd(), "x"))("pyodide");
const pyodide = await loadPyodide();
for (const name of fs.readdirSync(process.argv[2])) {
  pyodide.unpackArchive(new Uint8Array(fs.readFileSync(path.join(process.argv[2], name))), "wheel");
}
pyodide.runPython(`
import importlib, importlib.metadata, os, sys
from pathlib import Path

print(f"Python {sys.version.split()[0]} on {sys.platform}")
from packaging.requirements import Requirement
needs = [Requirement(each) for each in importlib.metadata.requires("carecost")]
asked = sorted(each.name for each in needs if each.marker is None or each.marker.evaluate({"extra": ""}))
print("carecost asks for", ", ".join(asked))

os.environ |= {"XLWINGS_ON_SERVER": "true", "XLWINGS_LICENSE_KEY": "noncommercial"}
import carecost, pydantic, xlwings
print(f"pydantic {pydantic.VERSION} and xlwings {xlwings.__version__} load; functions come from {xlwings.func.__module__}")
files = list(Path(carecost.__file__).parent.rglob("*.py"))
for each in files:
    compile(each.read_text(), each, "exec")
print(f"{len(files)} files of carecost compile")
for name in ("carecost.rates", "carecost.udf"):
    try:
        importlib.import_module(name)
        print(name, "loads")
    except ModuleNotFoundError as error:
        print(name, "stops at", error.name)
print("loaded without need:", {"pandas", "openpyxl", "typer", "rich"} & set(sys.modules) or "nothing")
`);
