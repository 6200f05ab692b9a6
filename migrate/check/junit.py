"""The result of a check as JUnit XML: a suite for each file, where each finding is a test that failed."""

from __future__ import annotations

from collections import defaultdict

from migrate.check.finding import Checked, Finding
from migrate.report import junit
from migrate.report.junit import Case, Failed


def junit_xml(checked: Checked) -> bytes:
    """Return a document with the findings, and one test that passed for all that was looked at."""
    by_file: dict[str, list[Case]] = defaultdict(list)
    for each in checked.findings:
        by_file[each.file].append(_case(each))
    passed = Case(f"{checked.functions} functions and variables in {checked.files} files")
    return junit.junit_xml([*by_file.items(), ("llmigrate check", [passed])])


def _case(finding: Finding) -> Case:
    failed = Failed(finding.kind.value, finding.message, finding.detail)
    return Case(f"{finding.name}: {finding.kind}", finding.file, failed)
