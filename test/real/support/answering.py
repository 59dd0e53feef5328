# SPDX-License-Identifier: LGPL-2.1-or-later
"""For programs that a test asks things: one JSON object a line in, {"do": <name of a function>, ...}, and one out for each answer."""
import json
import signal
import sys


def say(**answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def answer_by(functions):
    """Answers until there are no more questions. `functions`: by their names."""
    # Whatever happens to the test, this process ends.
    signal.alarm(120)
    while line := sys.stdin.readline():
        question = json.loads(line)
        functions[question.pop("do")](**question)
