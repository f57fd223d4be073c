"""What the event lake holds of a deleted person: its files are written anew, the old ones go (behaviour-people 1.9)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Shop, eventually, run
from tests.people import made, sent
from tests.profiles.test_deletion import deleted
from tests.profiles.test_deletion_traces import renewed, sealed, traces_in_files

LONG_AGO = (datetime.now(UTC) - timedelta(days=9)).replace(microsecond=0)


@pytest.mark.rule("1.9")
def test_files_of_sealed_days_hold_nothing_of_the_deleted(shop: Shop) -> None:
    made(shop, email="quilwyxanna@example.com")
    for person, note in (("quilwyxanna@example.com", "quilwyxnote"), ("bea@example.com", "plain")):
        sent(
            shop,
            "Viewed Product",
            person={"email": person},
            time=LONG_AGO.isoformat(),
            properties={"Note": note},
            unique_id=f"{note}-1",
        )
    run(sealed(shop))
    files = "SELECT 1 FROM lake_files WHERE account_id = %s AND state = 'sealed' AND bytes > 0"
    eventually(lambda: shop.query(files, shop.account_id))
    assert any(file.suffix == ".parquet" for file in traces_in_files(shop.server.data))
    deleted(shop, email="quilwyxanna@example.com")
    assert shop.query("SELECT 1 FROM lake_changes WHERE account_id = %s AND rewritten", shop.account_id)
    renewed(shop)
    assert traces_in_files(shop.server.data) == []
    assert not shop.query("SELECT 1 FROM lake_changes WHERE account_id = %s AND rewritten", shop.account_id)
