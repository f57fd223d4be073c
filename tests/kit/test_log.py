"""What is logged names nobody."""

import json
import subprocess
import sys

LOGS = """
import logging
from rapport.kit import log
log.configure()
try:
    raise ValueError("Key (value)=(ann.lee@example.com) exists; zoë@bücher.example too")
except ValueError:
    log.logger("x").exception("to <ann.lee@example.com>", to=["bob@example.com", {"cc": "eve@example.com"}], count=3)
    logging.getLogger("library").error("no answer for ann.lee@example.com", exc_info=True)
"""


def test_addresses_are_masked_wherever_they_come_from() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, check=True)
    for name in ("ann.lee", "bob@", "eve@", "zoë", "zo\\u00eb"):
        assert name not in done.stderr, done.stderr
    line = json.loads(done.stderr.splitlines()[0])
    assert (line["event"], line["count"]) == ("to <a***@example.com>", 3)
    assert line["to"] == ["b***@example.com", {"cc": "e***@example.com"}]
    assert "no answer for a***@example.com" in done.stderr
