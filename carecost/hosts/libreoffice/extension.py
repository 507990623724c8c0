"""The extension file: everything in it is written from the registry of functions.

An .oxt file is a zip: a manifest, the type library, the list of components, the job for loaded documents,
the scripts that run inside LibreOffice, the functions' help, and where this carecost is.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path
from typing import Any

import carecost
from carecost import __version__
from carecost.functions import REGISTRY, Function, Parameter
from carecost.functions.describe import LISTS, default_text
from carecost.hosts.libreoffice.unoidl import Method, type_library
from carecost.workbook.package import deflate, pack

IDENTIFIER = "carecost.functions"
FILE_NAME = "carecost.oxt"
INTERFACE = "carecost_calc.XFunctions"
INSIDE = Path(__file__).parent / "inside"
# Any value or range goes in, and may be left out; rows come out, the only type that can hold both.
ARGUMENT, ANSWER = "any", "[][]any"

# The types come first: the components are made of them.
MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
 <manifest:file-entry manifest:full-path="types.rdb"
  manifest:media-type="application/vnd.sun.star.uno-typelibrary;type=RDB"/>
 <manifest:file-entry manifest:full-path="carecost.components"
  manifest:media-type="application/vnd.sun.star.uno-components"/>
 <manifest:file-entry manifest:full-path="jobs.xcu"
  manifest:media-type="application/vnd.sun.star.configuration-data"/>
</manifest:manifest>
"""
DESCRIPTION = f"""<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006">
 <identifier value="{IDENTIFIER}"/>
 <version value="{__version__}"/>
 <display-name><name lang="en">carecost functions</name></display-name>
</description>
"""
COMPONENTS = """<?xml version="1.0" encoding="UTF-8"?>
<components xmlns="http://openoffice.org/2010/uno-components">
 <component loader="com.sun.star.loader.Python" uri="component.py">
  <implementation name="carecost">
   <service name="carecost"/>
   <service name="com.sun.star.sheet.AddIn"/>
  </implementation>
  <implementation name="carecost.Loading">
   <service name="carecost.Loading"/>
   <service name="com.sun.star.task.Job"/>
  </implementation>
 </component>
</components>
"""
JOBS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:component-data oor:name="Jobs" oor:package="org.openoffice.Office"
 xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
 <node oor:name="Jobs">
  <node oor:name="carecost" oor:op="replace">
   <prop oor:name="Service"><value>carecost.Loading</value></prop>
  </node>
 </node>
 <node oor:name="Events">
  <node oor:name="OnLoadFinished" oor:op="fuse">
   <node oor:name="JobList"><node oor:name="carecost" oor:op="replace"/></node>
  </node>
 </node>
</oor:component-data>
"""


def extension(*, in_process: bool = True) -> bytes:
    """The .oxt file. It computes with the Python that runs this; see ``settings``."""
    return pack([deflate(name, content) for name, content in extension_files(in_process=in_process).items()])


def extension_files(*, in_process: bool = True) -> dict[str, bytes]:
    """The extension's files by name."""
    texts = {
        "META-INF/manifest.xml": MANIFEST,
        "description.xml": DESCRIPTION,
        "carecost.components": COMPONENTS,
        "jobs.xcu": JOBS,
        "functions.json": json.dumps(described(), ensure_ascii=False, indent=1),
        "settings.json": json.dumps(settings(in_process=in_process), ensure_ascii=False, indent=1),
    }
    files = {name: text.encode() for name, text in texts.items()}
    files["types.rdb"] = types()
    for path in sorted(INSIDE.glob("*.py")):
        folder = "" if path.name == "component.py" else "pythonpath/carecost_inside/"
        files[folder + path.name] = path.read_bytes()
    return files


def types() -> bytes:
    """The type library: a method for each function, a parameter for each argument."""
    return type_library(
        INTERFACE,
        [
            Method(function.name, ANSWER, [(name, ARGUMENT) for name in function.parameters])
            for function in REGISTRY.values()
        ],
    )


def settings(*, in_process: bool) -> dict[str, Any]:
    """Where this carecost is: its Python, and the folders that it and its libraries are imported from.

    ``in_process`` allows LibreOffice's own Python to import them, where it is of the same version.
    """
    own = str(Path(carecost.__file__).parents[1])
    libraries = [sysconfig.get_path(name) for name in ("purelib", "platlib")]
    return {
        "carecost": __version__,
        "interpreter": sys.executable,
        "python": list(sys.version_info[:2]),
        "folders": list(dict.fromkeys([own, *libraries])),
        "in_process": in_process,
    }


def described() -> list[dict[str, Any]]:
    """What the function wizard says, function by function."""
    return [
        {
            "name": function.name,
            "description": function_help(function),
            "arguments": [
                {"name": name, "description": argument_help(parameter)}
                for name, parameter in function.parameters.items()
            ],
        }
        for function in REGISTRY.values()
    ]


def function_help(function: Function) -> str:
    """A function in a sentence or two."""
    return f"{function.summary} Gives {function.returns}."


def argument_help(parameter: Parameter) -> str:
    """An argument: what it is, its unit, and what leaving it out means."""
    unit = f"{LISTS[parameter.kind]}, {parameter.unit}" if parameter.kind in LISTS else parameter.unit
    if parameter.required:
        default = "required"
    elif parameter.default is None:
        default = "may be left out"
    else:
        default = f"default: {default_text(parameter)}"
    return f"{parameter.help}. {unit[0].upper()}{unit[1:]}; {default}."
