# SPDX-License-Identifier: LGPL-2.1-or-later
"""See libuv.test.ts: uvloop waits for what descriptor 3 has to read."""
import os
import sys

import uvloop

asked = []


def ask():
    sys.stdin.readline()
    loop.remove_reader(0)
    asked.append(True)


def see():
    if asked:
        print("seen", flush=True)
        os._exit(0)


loop = uvloop.new_event_loop()
loop.add_reader(3, see)
loop.add_reader(0, ask)
print("waits", flush=True)
loop.run_forever()
