"""Whoever reads during a large import sees the store as it was, then as it is, and nothing between."""

import threading

from tests.cities import bring, store_of

# more than the rows the engine writes straight to the file
ROWS = 125_000
BOTH = "select (select count(*) from complaints), (select sum(received) from rollup_wards where clock = 'received')"


def test_readers_see_an_import_whole_or_not_at_all(tmp_path):
    store = store_of({"ticket_no": "first"}, path=tmp_path / "store.duckdb")
    seen, ended = set(), threading.Event()

    def read():
        while not ended.is_set():
            seen.add(tuple(store.cursor().execute(BOTH).fetchall()[0]))

    reader = threading.Thread(target=read)
    reader.start()
    bring(store, *({"ticket_no": str(n)} for n in range(ROWS)))
    ended.set()
    reader.join()
    store.close()
    assert seen <= {(1, 1), (ROWS + 1, ROWS + 1)}
