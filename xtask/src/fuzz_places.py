"""Places that a fuzzed order names lie within the folder of this run, whatever the fuzzer made of them: orders of the lake
write where they are told to."""

import hashlib
import os

import schemathesis

PLACES = ("place", "to", "from", "lake")


def within(named):
    return os.path.join(os.environ["FUZZED_LAKES"], hashlib.sha256(repr(named).encode()).hexdigest()[:8])


@schemathesis.hook
def before_call(context, case, kwargs):
    if "/lake" not in case.path or not isinstance(case.body, dict):
        return
    for name in PLACES:
        if isinstance(case.body.get(name), str):
            case.body[name] = within(case.body[name])
