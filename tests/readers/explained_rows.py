"""The rows behind a number, as `parte explain --rows` writes them: each task with whether it is done, and who has it."""

import csv
import json
import sys

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
print(json.dumps({row["task_id"]: [row["is_done"] == "true", row["seller"]] for row in rows}))
