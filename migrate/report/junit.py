"""JUnit XML, which most CI systems show as a list of tests, of whatever passes or fails."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from junitparser import Failure, JUnitXml, TestCase, TestSuite

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a case failed."""

    kind: str
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A test, passed or failed."""

    name: str
    group: str = ""
    """What it belongs to, such as a file."""
    failed: Failed | None = None


def junit_xml(suites: Iterable[tuple[str, Iterable[Case]]]) -> bytes:
    """Return a document with these suites, each with its name and its cases."""
    document = JUnitXml()
    for name, cases in suites:
        suite = TestSuite(_plain(name))
        suite.add_testcases([_case(each) for each in cases])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(document.tostring())  # type: ignore[no-untyped-call]
    # The public schemas know this count for suites only.
    root.attrib.pop("skipped", None)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _case(case: Case) -> TestCase:
    written = (
        TestCase(_plain(case.name), _plain(case.group), 0) if case.group else TestCase(_plain(case.name))
    )
    if case.failed is not None:
        failure = Failure(_plain(case.failed.message), case.failed.kind)
        failure.text = _plain(case.failed.detail or case.failed.message)
        written.result = [failure]
    return written


def _plain(text: str) -> str:
    """Replace what XML 1.0 cannot say."""
    return _NOT_XML.sub("\ufffd", text)
