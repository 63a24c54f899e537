"""PostgreSQL: what is refused, who is before whom, who is alive, and what a restart of the server costs."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from office import NOW, Office
from postgres import Server
from sink import Sink
from sqlalchemy import Connection, MetaData, text

from digest.errors import DatabaseAway, StorageError
from digest.storage import schema, tables
from digest.storage.batches import Claim, Flight
from digest.storage.engine import connect
from digest.storage.postgres import PostgresDatabase, _unfit
from subscribers import roll
from subscribers import tables as roll_tables
from subscribers.enrolment import unsubscribe
from subscribers.model import SuppressionReason
from subscribers.suppression import suppress

Leave = Callable[[Connection], object]

LEAVING: dict[str, Leave] = {
    "unsubscribed": lambda connection: unsubscribe(
        connection, subscriber_id=1, newsletter="morning", at=NOW, source="test"
    ),
    "suppressed": lambda connection: suppress(
        connection, address="reader1@example.org", reason=SuppressionReason.COMPLAINED, at=NOW
    ),
}


@pytest.fixture
def office(postgres: Server, tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, postgres.url("office"))
    yield office
    office.database.close()
    postgres.empty("office")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Server, Office]]:
    """A server of its own, to be stopped and started."""
    with Server() as server:
        office = Office(tmp_path, server.create("office"))
        yield server, office
        office.database.close()


def until(true: Callable[[], object]) -> None:
    """Wait for something that another thread or process brings about."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it never came"
        threading.Event().wait(0.02)


def waiting_for_a_lock(server: Server) -> bool:
    return bool(server.execute("SELECT 1 FROM pg_locks WHERE NOT granted", database="office"))


def fly(office: Office, claim: Claim, evidence: Callable[[tuple[int, ...]], str] = lambda _: "hash") -> Flight | None:
    readers = office.ledger.pending(claim)
    return office.ledger.fly(claim, readers, attempt="a1", owner="ada", lease=60, evidence=evidence, at=NOW)


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_who_is_leaving_is_waited_for_and_stays_out(office: Office, postgres: Server, leave: Leave) -> None:
    """A departure that is not committed when the flight begins is before it: that waits, and goes without."""
    office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    flights: list[Flight | None] = []
    with office.database.write() as connection:
        leave(connection)
        flying = threading.Thread(target=lambda: flights.append(fly(office, claim)))
        flying.start()
        until(lambda: waiting_for_a_lock(postgres))
        assert not flights
    flying.join(30)

    assert flights[0] is not None
    assert flights[0].readers == (2, 3)


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_who_leaves_during_a_flights_commit_comes_after_it(office: Office, postgres: Server, leave: Leave) -> None:
    """A departure that comes while the flight is being recorded is acknowledged only when the flight is on record."""
    office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    left: list[bool] = []

    def leaves() -> None:
        with office.database.write() as connection:
            leave(connection)
        left.append(True)

    leaving = threading.Thread(target=leaves)

    def evidence(_: tuple[int, ...]) -> str:
        leaving.start()
        until(lambda: waiting_for_a_lock(postgres))
        assert not left
        return "hash"

    flight = fly(office, claim, evidence)
    leaving.join(30)
    assert flight is not None
    assert flight.readers == (1, 2, 3)
    assert left


def test_a_pause_is_before_a_flight_or_after_it(office: Office, postgres: Server) -> None:
    """An edition that is being held while a flight begins: the flight waits, and does not take place."""
    edition = office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    flights: list[Flight | None] = []
    with office.database.write() as connection:
        connection.execute(text("UPDATE editions SET state = 'held' WHERE id = :id"), {"id": edition})
        flying = threading.Thread(target=lambda: flights.append(fly(office, claim)))
        flying.start()
        until(lambda: waiting_for_a_lock(postgres))
    flying.join(30)
    assert flights == [None]


def test_workers_that_claim_together_get_different_batches(office: Office) -> None:
    """A batch that another transaction is claiming is passed over, not waited for."""
    office.frozen(30)
    with office.database.write() as connection:
        connection.execute(text("SELECT 1 FROM batches WHERE number = 1 FOR UPDATE"))
        claim = office.ledger.claim("ada", 60)
    assert claim is not None
    assert claim.number == 2


def test_the_dead_are_told_at_once_and_the_living_never(office: Office) -> None:
    """A killed process's lock is free, although its lease runs for an hour; who is there is not among the dead."""
    program = (
        "import sys; from pathlib import Path; from office import NOW, Office\n"
        "from digest.delivery.presence import presence_on\n"
        "office = Office(Path(sys.argv[1]), sys.argv[2])\n"
        "with presence_on(office.database, office.folder) as presence:\n"
        "    claim = office.ledger.claim(presence.owner, 3600)\n"
        "    office.ledger.fly(claim, office.ledger.pending(claim), attempt=presence.owner, owner=presence.owner,"
        " lease=3600, evidence=lambda _: 'hash', at=NOW)\n"
        "    print(presence.owner, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    edition = office.frozen(20)
    lookout = office.database.lookout
    assert lookout is not None
    paths = [str(Path(__file__).parents[2]), str(Path(__file__).parents[3])]
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{program}", office.folder, str(office.place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        owner = process.stdout.readline().strip()
        assert lookout.gone() == []
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    until(lambda: lookout.gone() == [owner])
    assert office.ledger.expire([owner]) == 1
    assert office.counts(edition) == {"pending": 10, "unknown": 10}


def test_news_wakes_who_waits(office: Office) -> None:
    """Whoever waits for work wakes when an edition is frozen, long before the time is up."""
    office.enrol(1)
    edition = office.edition()
    lookout = office.database.lookout
    assert lookout is not None
    lookout.show("00000000000000aa")
    woken = threading.Event()

    def wait() -> None:
        office.database.wait(600)
        woken.set()

    threading.Thread(target=wait, daemon=True).start()
    until(lambda: bool(lookout._news._waiters))  # type: ignore[attr-defined]
    office.deliveries.freeze(edition, readers_per_batch=1, at=NOW)
    assert woken.wait(30)
    lookout.hide("00000000000000aa")


def test_a_restart_is_one_error_and_then_goes_on(own: tuple[Server, Office]) -> None:
    """Statements of broken connections raise DatabaseAway; the next ones, and the session's lock, are there again."""
    server, office = own
    office.enrol(1)
    lookout = office.database.lookout
    assert lookout is not None
    lookout.show("00000000000000aa")
    server.stop()
    with pytest.raises(DatabaseAway, match="nothing already accepted is lost"), office.database.read() as connection:
        connection.execute(text("SELECT 1"))
    server.start()
    with office.database.read() as connection:
        assert roll.find(connection, "reader1@example.org") is not None
    held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    until(lambda: server.execute(held, database="office"))


def test_a_worker_outlives_restarts_of_its_database(own: tuple[Server, Office]) -> None:
    """The server goes away twice while an edition is sent, once as in a crash: everybody gets it, nobody twice."""
    server, office = own
    edition = office.frozen(400, batch=10)
    with Sink() as sink, office.worker(sink.url, lease=15, concurrency=3, timeout=2) as worker:
        working = threading.Thread(target=lambda: worker.run(drain=True))
        working.start()
        for done, how in [(100, signal.SIGINT), (200, signal.SIGQUIT)]:
            until(lambda done=done: len(sink.addresses()) >= done or not working.is_alive())  # type: ignore[misc]
            server.stop(how)
            server.start()
        working.join(120)
        assert not working.is_alive()
        addresses = sink.addresses()
    assert office.counts(edition) == {"accepted": 400}
    assert len(addresses) == len(set(addresses)) == 400


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"fsync": "off"}, "fsync = off: after a crash"),
        ({"full_page_writes": "off"}, "full_page_writes = off"),
        ({"synchronous_commit": "off"}, "synchronous_commit = off"),
    ],
)
def test_a_server_that_forgets_is_refused(setting: dict[str, str], told: str) -> None:
    """What would lose an acknowledged commit in a crash is refused before a table is made, with the setting's name."""
    with Server(**setting) as server, pytest.raises(StorageError, match=told):
        schema.ready(server.create("office"))


def test_other_unfit_servers_are_refused(postgres: Server) -> None:
    """A database in another encoding, and, by what they say of themselves, an old server and a standby."""
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    database = connect(postgres.url("latin"))
    with pytest.raises(StorageError, match="keeps text as LATIN1; make one with"), database.read():
        pass
    database.close()
    assert "is too old" in str(_unfit(14, "14.9", "on", "on", "on", "UTF8", standby=False))
    assert "primary's address" in str(_unfit(15, "15.1", "on", "on", "on", "UTF8", standby=True))
    assert _unfit(18, "18.0", "on", "on", "remote_apply", "UTF8", standby=False) is None


def test_a_password_is_used_and_never_told(postgres: Server) -> None:
    """It comes beside the address, and neither an error nor a repr has it."""
    postgres.execute("CREATE ROLE ada LOGIN SUPERUSER PASSWORD 'open sesame'")
    url = f"postgresql://ada@127.0.0.1:{postgres.port}/office"
    good = PostgresDatabase(url, password="open sesame")
    with good.read():
        pass
    good.close()
    for password in ("wrong-word", None):
        bad = PostgresDatabase(url, password=password)
        with pytest.raises(StorageError, match="right password into the file database_password") as told, bad.read():
            pass
        assert "wrong-word" not in str(told.value) + repr(bad.engine) + bad.place
        bad.close()


def test_commits_that_may_be_lost_are_told_from_those_that_may_not(office: Office) -> None:
    """`synchronous_commit` is off only where a crash may take the commit back."""

    def setting(*, durable: bool) -> str:
        with office.database.write(durable=durable) as connection:
            return str(connection.scalar(text("SHOW synchronous_commit")))

    assert [setting(durable=durable) for durable in (True, False, True)] == ["on", "off", "on"]


def test_each_edition_has_a_partition(office: Office) -> None:
    """Made when its audience is frozen, also by two at once; a statement about one edition reads that one only."""
    edition = office.frozen(3)
    threads = [threading.Thread(target=office.database.make_room, args=(edition + 1,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with office.database.read() as connection:
        made = connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")).all()
        plan = "\n".join(
            connection.scalars(text("EXPLAIN SELECT 1 FROM deliveries WHERE edition_id = :id"), {"id": edition})
        )
    assert sorted(made) == [f"deliveries_{edition}", f"deliveries_{edition + 1}"]
    assert f"deliveries_{edition}" in plan
    assert f"deliveries_{edition + 1}" not in plan


def test_migrations_make_the_tables_that_the_code_speaks_to(office: Office) -> None:
    """Column for column, with types and keys: alembic finds nothing but words, and what only an SQLite file has."""
    both = MetaData()
    for metadata in (tables.metadata, roll_tables.metadata):
        for table in metadata.sorted_tables:
            table.to_metadata(both)
    with office.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, both)
    words = [change for change in found if isinstance(change, list) and change[0][0] == "modify_comment"]
    names = {(change[0], change[1].table.name) for change in found if change not in words}
    assert names == {("add_fk", "deliveries"), ("add_index", "deliveries")}
