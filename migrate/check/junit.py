"""The result of a check as JUnit XML, which most CI systems show as a list of tests."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from migrate.check.finding import Checked, Finding

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(checked: Checked) -> bytes:
    """Return a document with a suite for each file; a function with findings is a test that failed."""
    document = JUnitXml()
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for each in checked.findings:
        by_file[each.file].append(each)
    for file, findings in by_file.items():
        suite = TestSuite(_plain(file))
        suite.add_testcases([_case(each) for each in findings])
        document.add_testsuite(suite)
    passed = TestSuite("llmigrate check")
    passed.add_testcase(TestCase(f"{checked.functions} functions and variables in {checked.files} files"))
    document.add_testsuite(passed)
    document.update_statistics()  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(document.tostring())  # type: ignore[no-untyped-call]
    # The public schemas know this count for suites only.
    root.attrib.pop("skipped", None)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _case(finding: Finding) -> TestCase:
    case = TestCase(_plain(f"{finding.name}: {finding.kind}"), _plain(finding.file), 0)
    failure = Failure(_plain(finding.message), finding.kind.value)
    failure.text = _plain(finding.detail or finding.message)
    case.result = [failure]
    return case


def _plain(text: str) -> str:
    """Replace what XML 1.0 cannot say."""
    return _NOT_XML.sub("\ufffd", text)
