"""What a user would write today for the report of bench/report: pandas, XlsxWriter and ReportLab.

python bench/report_pandas.py DATABASE FOLDER FIRST LAST; prints the numbers and the seconds of each step (by the clock, of the processor) as JSON.
"""

import json
import pathlib
import sqlite3
import sys
import time

import pandas as pd

ZONE = "America/Bogota"
ENGAGED = ["casual", "habit", "core", "power"]
NO_CONVERSATION = ["no_answer", "busy", "wrong_number", "not_found", "voicemail"]
COLUMNS = "type, status, seller_id, user_id, scheduled_at, due_at, completed_at, created_at, duration_min, outcome, sales_amount"


def load(path):
    with sqlite3.connect(path) as connection:
        tasks = pd.read_sql_query(f"select {COLUMNS} from tasks", connection)
        states = pd.read_sql_query("select user_id, date, state from user_states", connection)
    for column in ("scheduled_at", "due_at", "completed_at", "created_at"):
        tasks[column] = pd.to_datetime(tasks[column], format="%Y-%m-%dT%H:%M:%SZ", utc=True)
    states["date"] = pd.to_datetime(states["date"], format="%Y-%m-%d")
    return tasks, states


def by_seller(frame, columns):
    """Each column by seller and over all rows; columns are (what is counted, the function)."""
    groups = frame.groupby("seller_id")
    table = pd.DataFrame({name: getattr(groups[of], how)() if isinstance(how, str) else groups[of].quantile(how)
                          for name, (of, how) in columns.items()})
    table.loc["Total"] = {name: getattr(frame[of], how)() if isinstance(how, str) else frame[of].quantile(how)
                          for name, (of, how) in columns.items()}
    return table


def compute(tasks, states, first, last):
    begin, end = pd.Timestamp(first, tz=ZONE), pd.Timestamp(last, tz=ZONE)
    scheduled = tasks[(tasks.scheduled_at >= begin) & (tasks.scheduled_at < end)].copy()
    for status in ("completed", "failed", "cancelled", "pending"):
        scheduled[status] = scheduled.status == status
    all_ = by_seller(scheduled, {"scheduled": ("status", "count"), "cancelled": ("cancelled", "sum")})

    planned = scheduled[~scheduled.status.isin(["cancelled", "rescheduled"])].copy()
    done = planned.completed
    day_end = (planned.scheduled_at.dt.tz_convert(ZONE).dt.normalize() + pd.Timedelta(days=1)).dt.tz_convert("UTC")
    planned["on_time"] = done & ((planned.completed_at <= planned.due_at)
                                 | (planned.due_at.isna() & (planned.completed_at < day_end)))
    planned["hours"] = ((planned.completed_at - planned.scheduled_at).dt.total_seconds() / 3600).where(done)
    planned["minutes"] = planned.duration_min.where(done)
    planned["amount"] = planned.sales_amount.where(done)
    visit, call = planned.type == "visit", planned.type == "call"
    planned["visits"] = visit & done
    planned["visited"] = planned.user_id.where(visit & done)
    planned["to_visit"] = planned.user_id.where(visit)
    planned["sales"] = done & (planned.outcome == "sale")
    planned["visit_sales"] = planned.visits & planned.sales
    planned["visit_amount"] = planned.amount.where(visit)
    planned["calls"] = call & (done | planned.failed)
    planned["talks"] = planned.calls & planned.outcome.notna() & ~planned.outcome.isin(NO_CONVERSATION)
    p = by_seller(planned, {
        "planned": ("status", "count"), "done": ("completed", "sum"), "on_time": ("on_time", "sum"),
        "pending": ("pending", "sum"), "failed": ("failed", "sum"), "hours": ("hours", "median"), "hours_p90": ("hours", 0.9),
        "minutes": ("minutes", "median"), "minutes_p90": ("minutes", 0.9), "minutes_total": ("minutes", "sum"),
        "visits": ("visits", "sum"), "visited": ("visited", "nunique"), "to_visit": ("to_visit", "nunique"),
        "sales": ("sales", "sum"), "visit_sales": ("visit_sales", "sum"), "amount": ("amount", "sum"),
        "visit_amount": ("visit_amount", "sum"), "calls": ("calls", "sum"), "talks": ("talks", "sum"),
    })

    finished = tasks[(tasks.completed_at >= begin) & (tasks.completed_at < end) & (tasks.status == "completed")].copy()
    finished["seller_day"] = finished.seller_id + " " + finished.completed_at.dt.tz_convert(ZONE).dt.strftime("%Y-%m-%d")
    f = by_seller(finished, {"finished": ("status", "count"), "days": ("seller_day", "nunique"), "users": ("user_id", "nunique")})

    before, final = pd.Timestamp(first) - pd.Timedelta(days=1), pd.Timestamp(last) - pd.Timedelta(days=1)
    start = states[states.date == before].set_index("user_id").state
    finish = states[states.date == final].set_index("user_id").state
    edges = pd.concat([start.rename("start"), finish.rename("end")], axis=1).fillna("absent")
    within = states[(states.date >= pd.Timestamp(first)) & (states.date <= final)]
    engaged = within[within.state.isin(ENGAGED)].groupby("date").user_id.nunique()
    distribution = finish.value_counts()
    distribution["Total"] = distribution.sum()
    return {
        "work": pd.DataFrame({
            "tasks_planned": p.planned, "tasks_completed": p.done, "completion_rate": p.done / p.planned,
            "on_time_rate": p.on_time / p.planned, "tasks_pending": p.pending, "tasks_failed": p.failed,
            "tasks_scheduled": all_.scheduled, "tasks_cancelled": all_.cancelled}),
        "time": pd.DataFrame({
            "tasks_finished": f.finished, "tasks_per_seller_day": f.finished / f.days, "users_contacted": f.users,
            "time_to_complete": p.hours, "time_to_complete_p90": p.hours_p90, "handling_time": p.minutes,
            "handling_time_p90": p.minutes_p90, "handling_time_total": p.minutes_total}),
        "sales": pd.DataFrame({
            "visits_completed": p.visits, "visit_coverage": p.visited / p.to_visit, "strike_rate": p.visit_sales / p.visits,
            "contact_rate": p.talks / p.calls, "conversion_rate": p.sales / p.done, "sales": p.sales,
            "sales_amount": p.amount, "sales_per_visit": p.visit_amount / p.visits}),
        "distribution": distribution.to_frame("state_distribution"),
        "transitions": pd.crosstab(edges.start, edges.end),
        "days": engaged.rename(index=lambda day: day.strftime("%Y-%m-%d")).to_frame("engaged_by_day"),
    }


def write(sections, folder):
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

    folder.mkdir(parents=True, exist_ok=True)
    style = getSampleStyleSheet()
    story = [Paragraph("Sellers and engagement", style["Title"])]
    with pd.ExcelWriter(folder / "sellers.xlsx", engine="xlsxwriter") as book:
        for name, table in sections.items():
            table.round(3).to_csv(folder / f"sellers_{name}.csv")
            table.to_excel(book, sheet_name=name.title())
            rows = [[table.index.name or ""] + list(table.columns)]
            rows += [[key, *(f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" for value in row)]
                     for key, *row in table.itertuples()]
            grid = TableStyle([("FONTSIZE", (0, 0), (-1, -1), 6), ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black)])
            story += [Paragraph(name.title(), style["Heading2"]), Table(rows, style=grid, repeatRows=1)]
    SimpleDocTemplate(str(folder / "sellers.pdf"), pagesize=landscape(A4)).build(story)


def main():
    path, folder, first, last = sys.argv[1:5]
    marks = [(time.monotonic(), time.process_time())]
    tasks, states = load(path)
    marks.append((time.monotonic(), time.process_time()))
    sections = compute(tasks, states, first, last)
    marks.append((time.monotonic(), time.process_time()))
    write(sections, pathlib.Path(folder))
    marks.append((time.monotonic(), time.process_time()))
    seconds = dict(zip(["load", "metrics", "files"], ([b[0] - a[0], b[1] - a[1]] for a, b in zip(marks, marks[1:]))))
    numbers = {name: {str(key): [float(value) for value in row] for key, *row in table.itertuples()}
               for name, table in sections.items()}
    columns = {name: [str(column) for column in table.columns] for name, table in sections.items()}
    json.dump({"seconds": seconds, "numbers": numbers, "columns": columns}, sys.stdout)


main()
