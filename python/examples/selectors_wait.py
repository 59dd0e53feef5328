# SPDX-License-Identifier: LGPL-2.1-or-later
"""A selector waits for a vpoll beside a pipe.

Run: python3 python/examples/selectors_wait.py
"""

import os
import selectors

from vpoll import Events, VPoll

reader, writer = os.pipe()
with VPoll.create() as vp, selectors.DefaultSelector() as selector:
    selector.register(vp, selectors.EVENT_READ | selectors.EVENT_WRITE, "vpoll")
    selector.register(reader, selectors.EVENT_READ, "pipe")
    print("nothing yet:", selector.select(timeout=0))
    vp.add(Events.IN)
    os.write(writer, b"!")
    for key, mask in sorted(selector.select(), key=lambda each: str(each[0].data)):
        print(key.data, "can be read" if mask & selectors.EVENT_READ else "can be written")
    vp.set(Events.OUT)
    for key, mask in selector.select():
        if key.data == "vpoll":
            print(key.data, "can be read" if mask & selectors.EVENT_READ else "can be written")
os.close(reader)
os.close(writer)
