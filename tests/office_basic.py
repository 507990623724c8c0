"""Run VBA without Excel: LibreOffice's Basic, in its VBA mode, compiles and executes modules as they are.

Run by Debian's Python (``/usr/bin/python3 office_basic.py PIPE JOB.json``) this file is the UNO client, so it
imports nothing but the standard library at the top.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADS = {
    "module": "Rem Attribute VBA_ModuleType=VBAModule\nOption VBASupport 1\n",
    "class": "Rem Attribute VBA_ModuleType=VBAClassModule\nOption VBASupport 1\nOption ClassModule\n",
}
KINDS = {"module": 1, "class": 2}


def run_basic(modules, calls):
    """Insert modules ``{name: (kind, source)}`` into an empty workbook and call functions ``"module.name"``.

    Gives what each returns; None for all where any module does not compile.
    """
    from libreoffice import ENVIRONMENT, SYSTEM_PYTHON, TIMEOUT, profile

    with profile() as soffice, tempfile.TemporaryDirectory() as folder:
        pipe = f"carecost{os.getpid()}_{time.monotonic_ns()}"
        job = Path(folder, "job.json")
        job.write_text(json.dumps([modules, calls]), encoding="utf-8")
        server = subprocess.Popen(
            [*soffice, f"--accept=pipe,name={pipe};urp;"],
            env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            client = subprocess.run(
                [SYSTEM_PYTHON, "-I", __file__, pipe, str(job)],
                env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT, check=False,
            )  # fmt: skip
            server.wait(timeout=30)  # the client's last call closed it
        finally:
            if server.poll() is None:
                os.killpg(server.pid, 9)
                server.wait()
    if client.returncode:
        raise AssertionError(f"the UNO client failed: {client.stderr}")
    return json.loads(client.stdout)


def _serve(pipe, job):
    import uno
    from com.sun.star.beans import PropertyValue
    from com.sun.star.connection import NoConnectException
    from com.sun.star.script import ModuleInfo

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except NoConnectException:
            time.sleep(0.1)
    else:
        raise SystemExit("LibreOffice did not answer on its pipe within a minute")
    desktop = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
    properties = []
    for name, value in (("Hidden", True), ("MacroExecutionMode", 4)):
        found = PropertyValue()
        found.Name, found.Value = name, value
        properties.append(found)
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, tuple(properties))
    library = document.BasicLibraries.createLibrary("Standard")
    document.BasicLibraries.VBACompatibilityMode = True
    modules, calls = json.loads(Path(job).read_text(encoding="utf-8"))
    for name, (kind, source) in modules.items():
        info = ModuleInfo()
        info.ModuleType = KINDS[kind]
        library.insertModuleInfo(name, info)
        library.insertByName(name, HEADS[kind] + source)
    provider = document.getScriptProvider()
    answers = []
    for call in calls:
        script = provider.getScript(f"vnd.sun.star.script:Standard.{call}?language=Basic&location=document")
        answers.append(script.invoke((), (), ())[0])
    json.dump(answers, sys.stdout)
    sys.stdout.flush()
    document.close(True)
    desktop.terminate()


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2])
