"""Targets of groups by a second way of thinking: sets instead of columns.

Makes a database for each seed in the folder named first, and writes what pandas says of it: of each metric, group and condition
the value, the target and what part of it was reached. A row of targets and a group of a report are sets of cells (seller,
channel); which row holds is told by inclusion alone. No word of this is taken from the program.

Lines: seed, condition, dimensions, group, metric, value, target, attainment; `-` where there is none.
"""

import random
import sqlite3
import sys

import pandas as pd

FOLDER, SEEDS = sys.argv[1], int(sys.argv[2])
CHANNELS = ["c1", "c2", "c3"]
FIRST, LAST = "2026-03-01", "2026-03-31"
CONDITIONS = {
    "": lambda seller, team, channel: True,
    "channel in ('c1', 'c2')": lambda seller, team, channel: channel in ("c1", "c2"),
    "team = 'N'": lambda seller, team, channel: team == "N",
    "'c1' = channel": lambda seller, team, channel: channel == "c1",
    "team <> 'S' and channel = 'c2'": lambda seller, team, channel: team not in ("S", None) and channel == "c2",
}
GROUPINGS = ["", "team", "seller", "seller_id", "channel", "team,channel", "seller,channel", "team,seller"]
# What is summed, what is a share of all, what is neither.
METRICS = ["done", "rate", "shops"]
# (period, from, to): how close each is to March 2026 among those that hold; None: it does not hold.
DAYS = {
    (None, FIRST, LAST): 9,
    ("month", FIRST, LAST): 6,
    ("month", FIRST, None): 5,
    ("month", "2026-01-01", None): 4,
    ("Month ", None, None): 3,
    (None, "2026-01-01", None): 2,
    (None, None, None): 1,
    ("week", None, None): None,
    ("day", FIRST, LAST): None,
    ("month", "2026-03-02", None): None,
    ("month", None, "2026-02-28"): None,
    (None, "2026-03-01", "2026-03-30"): None,
}


def make(seed):
    dice = random.Random(seed)
    teams = {}
    for team in "NSE":
        for _ in range(dice.randint(2, 4)):
            teams[f"S{len(teams) + 1}"] = team
    names = {seller: f"Seller {seller}" for seller in teams}
    if dice.random() < 0.5:
        names["S2"] = names["S1"]  # tables tell them apart by their keys
    tasks = []
    for number in range(dice.randint(40, 160)):
        seller = dice.choice(list(teams)[:-1] + [None])  # the last seller has a target at most
        day = dice.choice(["2026-02-27", "2026-03-01", "2026-03-14", "2026-03-31", "2026-04-02"])
        status = dice.choice(["completed", "completed", "pending", "cancelled"])
        tasks.append((f"T{number}", seller, dice.choice(CHANNELS), f"U{dice.randint(1, 30)}", status, f"{day}T12:00:00Z"))
    rows = []
    for _ in range(dice.randint(0, 40)):
        seller = dice.choice(list(teams)) if dice.random() < 0.5 else None
        team = (teams[seller] if seller else dice.choice("NSE")) if dice.random() < 0.4 else None
        channel = dice.choice(CHANNELS) if dice.random() < 0.3 else None
        days = dice.choice(list(DAYS)) if dice.random() < 0.5 else ("month", FIRST, None)
        metric = dice.choice(METRICS)
        value = dice.choice([10, 20, 30, 40.5]) if metric != "rate" else dice.choice([0.5, 0.8, 0.9])
        rows.append((metric, seller, team, channel, *days, value if dice.random() < 0.95 else None))
    db = sqlite3.connect(f"{FOLDER}/{seed}.db")
    db.execute("create table tasks (task_id text, seller_id text, channel text, user_id text, status text, scheduled_at text)")
    db.execute("create table sellers (seller_id text, full_name text, team text)")
    db.execute('create table targets (metric text, seller_id text, team text, channel text, period text, "from" text, "to" text, value real)')
    db.executemany("insert into tasks values (?,?,?,?,?,?)", tasks)
    db.executemany("insert into sellers values (?,?,?)", [(s, names[s], teams[s]) for s in teams])
    db.executemany("insert into targets values (?,?,?,?,?,?,?,?)", rows)
    db.commit()
    return teams, names


def agreed(values):
    return values[0] if values and None not in values and len(set(values)) == 1 else None


def target(metric, group, said):
    """`said`: sets with their numbers; None where two rows of the same cells and days differ."""
    exact = [value for cells, value in said if cells == group]
    if exact:
        return agreed(exact)
    if metric == "rate":
        around = [(cells, value) for cells, value in said if cells > group]
        closest = [value for cells, value in around if not any(other < cells for other, _ in around)]
        return agreed(closest)
    if metric == "shops":
        return None
    parts = [(cells, value) for cells, value in said if cells < group]
    widest = [(cells, value) for cells, value in parts if not any(cells < other for other, _ in parts)]
    once = {}
    for cells, value in widest:
        if value is None or once.setdefault(cells, value) != value:
            return None
    sets = list(once)
    if any(one & other for at, one in enumerate(sets) for other in sets[at + 1 :]):
        return None
    return sum(once.values()) if once else None


def shown(value):
    return "-" if value is None else f"{value:.9f}"


def tell(seed):
    teams, names = make(seed)
    db = sqlite3.connect(f"{FOLDER}/{seed}.db")
    rows = pd.read_sql_query("select * from targets", db).astype(object)
    rows = rows.where(rows.notna(), None)
    everyone = [(seller, team) for seller, team in teams.items()] + [(None, None)]
    world = [(seller, team, channel) for seller, team in everyone for channel in CHANNELS]
    said = {metric: [] for metric in METRICS}
    for metric, of_metric in rows.groupby("metric"):
        written = {}
        for row in of_metric.to_dict("records"):
            close = DAYS[(row["period"], row["from"], row["to"])]
            if close is not None and row["value"] is not None:
                key = (row["seller_id"], row["team"], row["channel"])
                written.setdefault(key, []).append((close, row["value"]))
        for (seller, team, channel), found in written.items():
            best = max(close for close, _ in found)
            value = agreed([value for close, value in found if close == best])
            cells = frozenset(
                cell
                for cell in world
                if (seller is None or cell[0] == seller)
                and (team is None or cell[1] == team)
                and (channel is None or cell[2] == channel)
            )
            said[metric].append((cells, value))
    tasks = pd.read_sql_query("select * from tasks", db)
    tasks = tasks[(tasks.scheduled_at >= FIRST) & (tasks.scheduled_at < "2026-04-01") & (tasks.status != "cancelled")].copy()
    tasks["team"] = tasks.seller_id.map(teams).astype(object)
    tasks = tasks.astype(object).where(tasks.notna(), None)
    twins = [name for name in names.values() if list(names.values()).count(name) > 1]
    label = {s: f"{name} ({s})" if name in twins else name for s, name in names.items()} | {None: None}
    for number, (_, condition) in enumerate(CONDITIONS.items()):
        cells = [cell for cell in world if condition(*cell)]
        inside = tasks[[condition(*cell) for cell in zip(tasks.seller_id, tasks.team, tasks.channel)]]
        for grouping in GROUPINGS:
            by = [name for name in grouping.split(",") if name]
            of_cell = {"team": 1, "channel": 2, "seller": 0, "seller_id": 0}
            groups = {}
            for task in inside.to_dict("records"):
                cell = (task["seller_id"], task["team"], task["channel"])
                groups.setdefault(tuple(cell[of_cell[name]] for name in by), []).append(task)
            if not by:
                groups.setdefault((), [])
            for key, found in groups.items():
                group = frozenset(c for c in cells if all(c[of_cell[name]] == k for name, k in zip(by, key)))
                frame = pd.DataFrame(found)
                done = int((frame.status == "completed").sum()) if found else 0
                values = {
                    "done": done,
                    "rate": done / len(frame) if found else None,
                    "shops": int(frame.user_id.nunique()) if found else 0,
                }
                spoken = ["" if k is None else label[k] if name == "seller" else k for name, k in zip(by, key)]
                for metric in METRICS:
                    goal = target(metric, group, said[metric])
                    value = values[metric]
                    part = value / goal if goal is not None and value is not None else None
                    cellsof = [seed, number, grouping, "|".join(spoken), metric, shown(value), shown(goal), shown(part)]
                    print("\t".join(str(c) for c in cellsof))


for seed in range(SEEDS):
    tell(seed)
