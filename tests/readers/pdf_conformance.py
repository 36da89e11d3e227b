"""Whether PDF files keep PDF/A-2a and PDF/UA-1: pdf_conformance.py FILE...

Prints one line a file and profile, and what is not kept; ends with 1 if anything is not.
"""

import sys

import page


def failures(path, profile):
    limits = page.SafetyLimits(max_table_grid_rows=1_000_000, max_table_grid_cells=20_000_000, max_object_count=5_000_000)
    report = page.validate_pdf(path, profile=profile, limits=limits)
    if report.rules.total == 0:
        return ["nothing was checked"]
    return sorted({f"{failure.rule_id}: {failure.message}" for failure in report.failures})


def main(paths):
    kept = True
    for path in paths:
        for profile in ("2a", "ua1"):
            found = failures(path, profile)
            print(f"{path} {profile}: {'kept' if not found else 'NOT kept'}")
            for failure in found[:20]:
                print(f"    {failure}")
            kept = kept and not found
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
