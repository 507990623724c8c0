"""Batches as the tests run them: the command in its own process, small tables, killing, and comparing folders.

By hand, many kills at random moments: ``python tests/batches.py --kills 50 --rows 600``.
"""

import argparse
import csv
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRIVERS, BASE, FX = (ROOT / "examples" / name for name in ("drivers.csv", "batch/base.toml", "fx.csv"))
CONTACTS = [f"contacts_{month:02d}" for month in range(1, 13)]


def command(*words):
    """The words of a run of the command line."""
    return [sys.executable, "-m", "carecost", "batch", *map(str, words)]


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def batch(*words, **options):
    """Run the command to its end."""
    return subprocess.run(
        command(*words), env=environment(), capture_output=True, text=True, check=False, **options
    )


def many_rows(path, rows, seed=5):
    """A table of any length: the example's rows over and over, with volumes of their own."""
    with DRIVERS.open(newline="") as file:
        body = list(csv.DictReader(file))
    rng = random.Random(seed)
    with Path(path).open("w", newline="") as file:
        writer = csv.DictWriter(file, body[0])
        writer.writeheader()
        for number in range(rows):
            row = dict(body[number % len(body)])
            row["cost_center"] = f"CC-{100_000 + number // 3}"
            row["name"] = f"Site {number // 3}, {row['scenario']}"
            factor = rng.uniform(0.7, 1.4)
            row |= {name: f"{float(row[name]) * factor:.0f}" for name in CONTACTS}
            writer.writerow(row)
    return path


def bytes_in(folder):
    """The digest of every file in a folder and below, hidden ones too."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def kill_after(words, seconds, whole_group):
    """Start a run and kill -9 it after some seconds: its first process alone, or its workers with it.

    True if it was still at work.
    """
    process = subprocess.Popen(
        command(*words),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        return True
    return False


def half_files(folder):
    """Workbooks under their final names that are not whole zip files."""
    found = []
    for path in Path(folder).glob("*.xlsx"):
        content = path.read_bytes()
        if content[:4] != b"PK\3\4" or content[-22:-18] != b"PK\5\6":
            found.append(path.name)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--in", dest="folder", default=tempfile.gettempdir())
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    work = Path(tempfile.mkdtemp(dir=asked.folder))
    table = many_rows(work / "drivers.csv", asked.rows)
    words = [table, "--base", BASE, "--fx", FX, "--quiet"]
    start = time.monotonic()
    assert batch(*words, "-o", work / "whole").returncode == 0
    long = time.monotonic() - start
    whole = bytes_in(work / "whole")
    kills = rounds = 0
    while kills < asked.kills:
        shutil.rmtree(work / "killed", ignore_errors=True)
        rounds += 1
        for _ in range(rng.randint(1, 5)):
            moment = rng.uniform(0.3, long)
            if not kill_after([*words, "-o", work / "killed", "--resume"], moment, rng.random() < 0.5):
                break
            kills += 1
            assert not half_files(work / "killed")
        done = batch(*words, "-o", work / "killed", "--resume")
        assert done.returncode == 0, done.stderr
        assert bytes_in(work / "killed") == whole
        print(f"round {rounds}: {kills} kills so far, resumed to the same {len(whole)} files", flush=True)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
