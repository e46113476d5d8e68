# SPDX-License-Identifier: BSD-3-Clause
"""The figures of tests/budgets: no image grows unnoticed."""
import os
import subprocess
import sys

from build import ROOT, image
from registry import expect, test

APPS = ("hello", "httpd")


@test("budget.images")
def budgets():
    images = [image(f"apps/{app}").path for app in APPS]
    done = subprocess.run([sys.executable, os.path.join(ROOT, "support/run/budget.py"), "check",
                           *images], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900,
                          check=False)
    expect(done.returncode == 0, "a budget is exceeded", done.stdout)
