"""A process that seals one account without pause, to be killed: `python -m … URL DATA ACCOUNT`."""

import asyncio
import sys
from pathlib import Path

from rapport.events.lake import folder, rebuild
from rapport.events.lake.sealer import Sealer
from rapport.kit import db
from tests.events.lake.world import LIMITS


async def main(url: str, data: str, account_id: int) -> None:
    files = folder.use(Path(data))
    async with db.new_pool(url, size=2) as pool:
        sealer = Sealer(pool, files, limits=LIMITS)
        print("ready", flush=True)
        while True:
            while await sealer.step(account_id):
                pass
            await rebuild.rebuild(pool, files, account_id, limits=LIMITS)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
