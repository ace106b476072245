"""Having the programs that a benchmark runs: installed from packages, or built."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent


def install(wanted):
    """Installs the packages of those (program, packages) whose program is missing."""
    missing = [package for program, packages in wanted if not shutil.which(program) for package in packages]
    if missing:
        subprocess.run([ROOT / "deploy/packages", *missing], check=True)


def gateway():
    """The path of an optimised gateway: the one that GATEWAY names, else this checkout's."""
    if named := os.environ.get("GATEWAY"):
        return str(pathlib.Path(named).resolve())
    build = subprocess.run([ROOT / "deploy/build"], check=True, stdout=subprocess.PIPE, text=True)
    return build.stdout.strip()


def compile_c(source, output, *options):
    subprocess.run(["cc", "-O2", *options, "-o", output, ROOT / "Tests/Benchmarks" / source], check=True)
