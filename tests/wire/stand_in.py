"""Runs a stand-in as a child that ends with its parent: whoever started it holds the other end of its standard input.

A test that panics, is killed or is interrupted closes that end with its last breath, so that no server is left behind.
"""

import gc
import os
import runpy
import sys
import threading


def end_with_the_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


# A stand-in lives for one test, and its models of AWS are some hundred thousand objects that never go: to walk over them again and again was a
# quarter of what the wire suite cost.
gc.set_threshold(200_000, 50, 50)
threading.Thread(target=end_with_the_parent, daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
