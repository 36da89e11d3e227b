"""The Python of the benchmarks, target/bench-python: one for all of them, in which each sees to it that its own packages are there."""

import pathlib
import subprocess
import sys

ENVIRONMENT = pathlib.Path(__file__).resolve().parent.parent / "target/bench-python"

INSTALLED = """
import importlib.metadata, sys
for wanted in sys.argv[1:]:
    name, _, version = wanted.partition("==")
    try:
        is_there = importlib.metadata.version(name) == version
    except importlib.metadata.PackageNotFoundError:
        is_there = False
    if not is_there:
        print(wanted)
"""


def lacking(python, packages):
    """Which of these (`name==version`) an interpreter does not have, or has in another version: what is measured is said with its version."""
    asked = subprocess.run([python, "-c", INSTALLED, *packages], check=True, stdout=subprocess.PIPE, text=True)
    return asked.stdout.split()


def environment(packages):
    """A Python that has these packages: made by whichever benchmark comes first, and given what it lacks by each."""
    python = ENVIRONMENT / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    if missing := lacking(python, packages):
        print(f"installing {', '.join(missing)} into {ENVIRONMENT}", file=sys.stderr)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *missing], check=True)
    return python
