"""The package as others get it: a wheel that works in an environment without the repository."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = "Norway's foreign minister met his Chilean counterpart in Lima on 4 March 2025."


def test_the_wheel_codes_a_report_in_an_environment_without_the_repository(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("dragoman-*.whl")
    assert wheel.stat().st_size < 60_000_000
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    library = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", library, wheel],
        check=True,
        capture_output=True,
    )
    # The dependencies of the test environment, but not its editable install, whose .pth file is not read this way.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(site.getsitepackages())}
    program = "import dragoman, sys; print(dragoman.__file__); sys.exit(__import__('dragoman.cli').cli.app())"
    done = subprocess.run(
        [tmp_path / "env" / "bin" / "python", "-c", program, "code", "-", "--format", "jsonl", "--quiet"],
        cwd=tmp_path,
        input=TEXT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, record = done.stdout.splitlines()
    assert Path(where).is_relative_to(library)
    (event,) = json.loads(record)["events"]
    assert (event["type"], event["date"]["value"], event["place"]["name"]) == ("CONSULT", "2025-03-04", "Lima")
