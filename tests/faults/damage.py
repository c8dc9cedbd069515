"""Damage a database in many ways, and see that no wrong number is ever taken for a right one.

    python -m tests.faults.damage [--trials 300] [--seed 0]

Each trial changes a copy of one small database: a few random bytes of its file, a stretch of it,
or bytes inside a stored measurement or a run's coordinates. Then it is opened and read as the
dashboard would.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from deepfreq_core.errors import DeepFreqError, RunNotFound
from deepfreq_core.records import Measurement
from deepfreq_core.runs import inspection
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from tests.faults.kills import numbers
from tests.rehearsal import register, rehearsal
from tests.rehearsal.measure import Rehearsal

N_RUNS, N_EPOCHS = 4, 24


def make(path: Path) -> dict[str, tuple[object, ...]]:
    """A database with a few finished runs in one file, and what is to be read from it."""
    store = RunStore(f"sqlite:///{path}")
    for seed in range(N_RUNS):
        run = store.create(rehearsal(steps=N_EPOCHS, seed=seed))
        store.start(run.id, worker="w")
        for event in Rehearsal(run.config).events():
            if isinstance(event, Measurement):
                store.append(run.id, event, worker="w")
        store.finish(run.id, RunState.DONE, worker="w")
    told = {run.id: said(store, run.id) for run in store.list()}
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return told


def said(store: RunStore, run_id: str) -> tuple[object, ...]:
    """All that is said of a run and could be wrong."""
    run, rows = store.read(run_id)
    scalars = [sorted((name, repr(x)) for name, x in m.scalars.items()) for _, m in rows]
    along = sorted((name, str(list(x))) for name, x in store.coordinates(run_id).items())
    return (*about(run), numbers(rows), scalars, along)


def about(run: Run) -> tuple[object, ...]:
    """What a run says of its own measurements."""
    return run.config, run.n_measurements, sorted(run.facts.items(), key=str)


def a_few_bytes(path: Path, chance: random.Random) -> None:
    """Between one and four bytes anywhere in the file."""
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    path.write_bytes(data)


def a_stretch(path: Path, chance: random.Random) -> None:
    """Some 16 to 2,000 bytes, zeroed or noise, as of a bad sector."""
    data = bytearray(path.read_bytes())
    length = chance.randint(16, 2_000)
    at = chance.randrange(len(data) - length)
    data[at : at + length] = bytes(length) if chance.random() < 0.5 else chance.randbytes(length)
    path.write_bytes(data)


def a_measurement(path: Path, chance: random.Random) -> None:
    """One to four bytes of a stored measurement, behind the back of the database."""
    connection = sqlite3.connect(path)
    column = chance.choice(["arrays", "arrays", "scalars"])
    rows = connection.execute(f"SELECT rowid, {column} FROM measurements").fetchall()
    rowid, value = chance.choice(rows)
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= chance.randrange(1, 128)
    changed: bytes | str = bytes(data) if column == "arrays" else data.decode("utf-8", "replace")
    connection.execute(f"UPDATE measurements SET {column} = ? WHERE rowid = ?", (changed, rowid))
    connection.commit()
    connection.close()


def the_coordinates(path: Path, chance: random.Random) -> None:
    """One to four characters of a run's coordinates, or the whole row."""
    connection = sqlite3.connect(path)
    run_id, text = chance.choice(
        connection.execute('SELECT run_id, "values" FROM coordinates').fetchall()
    )
    if chance.random() < 0.2:
        connection.execute("DELETE FROM coordinates WHERE run_id = ?", (run_id,))
    for at in chance.sample(range(len(text)), chance.randint(1, 4)):  # each once: none is undone
        text = text[:at] + chr(ord(text[at]) ^ chance.randrange(1, 128)) + text[at + 1 :]
    changed = 'UPDATE coordinates SET "values" = ? WHERE run_id = ?'
    connection.execute(changed, (text, run_id))
    connection.commit()
    connection.close()


WAYS: dict[str, Callable[[Path, random.Random], None]] = {
    "a few bytes": a_few_bytes,
    "a stretch": a_stretch,
    "a measurement": a_measurement,
    "the coordinates": the_coordinates,
}


def look(path: Path, told: dict[str, tuple[object, ...]]) -> set[str]:
    """What came of reading a damaged database.

    Returns:
        Some of "named": a sentence said so; "gone": a run was not found; "wrong": something was
        read that had never been written; "crashed": another error than ours.
    """
    found: set[str] = set()
    try:
        store = RunStore(f"sqlite:///{path}")
    except DeepFreqError:
        return {"named"}
    except Exception as error:
        return {f"crashed: {type(error).__name__}: {error}"}
    try:
        for run_id, right in told.items():
            try:
                if said(store, run_id) != right or about(store.get(run_id)) != right[:3]:
                    found.add("wrong")
            except RunNotFound:
                found.add("gone")
            except DeepFreqError:
                found.add("named")
            except Exception as error:
                found.add(f"crashed: {type(error).__name__}: {error}")
        for run in store.list():
            if run.id in told and about(run) != told[run.id][:3]:
                found.add("wrong")
    except DeepFreqError:
        found.add("named")
    except Exception as error:
        found.add(f"crashed: {type(error).__name__}: {error}")
    finally:
        store.close()
    return found


def is_found_by_the_doctor(path: Path) -> bool:
    """Whether the deep look says that something is wrong."""
    try:
        store = RunStore(f"sqlite:///{path}")
        try:
            if inspection.complaints(store):
                return True
            return any(inspection.inspect(store, run).damage for run in inspection.ids(store))
        finally:
            store.close()
    except DeepFreqError:
        return True


def trials(folder: Path, n_trials: int, seed: int) -> dict[str, Counter[str]]:
    """Carry out so many; what came of them for each way of damaging."""
    original, copy = folder / "original.sqlite", folder / "damaged.sqlite"
    told = make(original)
    chance = random.Random(seed)
    counts: dict[str, Counter[str]] = {way: Counter() for way in WAYS}
    for _ in range(n_trials):
        way = chance.choice(list(WAYS))
        for left in folder.glob("damaged.sqlite*"):
            left.unlink()
        shutil.copyfile(original, copy)
        WAYS[way](copy, chance)
        found = look(copy, told)
        counts[way]["trials"] += 1
        counts[way].update(found or {"harmless"})
        if found and not is_found_by_the_doctor(copy):
            counts[way]["missed by the doctor"] += 1
    return counts


def main() -> None:
    """Print what came of it."""
    register()
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DEEPFREQ_HOME"] = folder
        for way, count in trials(Path(folder), options.trials, options.seed).items():
            sys.stdout.write(f"{way}: {dict(count)}\n")


if __name__ == "__main__":
    main()
