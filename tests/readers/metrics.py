"""Reads Prometheus' text with Prometheus' own parser and gives its samples as JSON on stdout."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = list(text_string_to_metric_families(file.read()))
json.dump(
    {
        family.name: {
            "type": family.type,
            "help": family.documentation,
            "samples": [[it.name, it.labels, it.value] for it in family.samples],
        }
        for family in families
    },
    sys.stdout,
)
