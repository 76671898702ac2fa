"""The tools for an assistant: read-only, within limits, each answer with its report and words."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from dragoman.assistant.server import make_server
from dragoman.store import Store
from dragoman.store.ask import Questions

TOOLS = {"store", "events", "claims", "stories", "story", "dyad", "changes", "query"}


@pytest.fixture
def ask(folder: Path, questions: Questions) -> Any:
    """Calls a tool in a session of its own; gives the answer, or the words of the refusal."""

    async def called(name: str, arguments: dict[str, Any]) -> Any:
        async with Client(make_server(Store.open(folder), questions)) as client:
            found = await client.call_tool(name, arguments)
            return "".join(part.text for part in found.content) if found.is_error else found.structured_content

    return lambda name, **arguments: asyncio.run(called(name, arguments))


def test_every_tool_says_that_it_only_reads(folder: Path) -> None:
    async def listed() -> list[Any]:
        async with Client(make_server(Store.open(folder))) as client:
            return list((await client.list_tools()).tools)

    tools = asyncio.run(listed())
    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)


def test_an_event_comes_with_its_report_publisher_day_and_words(ask: Any) -> None:
    found = ask("events", country="KEN", other_country="SOM", type="CONSULT")
    [event] = found["events"]
    assert (event["type"], event["date_value"]) == ("CONSULT", "2025-03-04")
    assert event["report_id"]
    assert "met Somalia's president" in event["evidence"][0]


def test_claims_name_their_holder_stance_and_report(ask: Any) -> None:
    claims = ask("claims")["claims"]
    assert claims
    assert all(claim["holder"] and claim["stance"] and claim["report_id"] and claim["evidence"] for claim in claims)


def test_a_pair_comes_with_its_periods_and_ties(ask: Any) -> None:
    found = ask("dyad", a="KEN", b="SOM", by="month")
    assert any(row["period"] == "2025-03" for row in found["periods"])
    assert all(tie["evidence"] for tie in found["ties"])


def test_changes_name_their_window(ask: Any) -> None:
    found = ask("changes", since="2025-03-01", until="2025-03-31")
    assert (found["since"], found["until"]) == ("2025-03-01", "2025-03-31")


def test_the_store_tells_what_it_holds(ask: Any) -> None:
    found = ask("store")
    assert found["rows"]["events"] > 0
    assert "story_id" in found["columns"]["stories"]


def test_a_question_in_sql_is_answered_and_a_write_refused(ask: Any) -> None:
    assert ask("query", sql="SELECT count(*) AS n FROM events")["columns"] == ["n"]
    assert "only questions are taken" in ask("query", sql="DROP VIEW events")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("events", {"limit": 100_000}),
        ("events", {"since": "yesterday"}),
        ("events", {"country": "RUSSIA"}),
        ("events", {"realis": "MAYBE"}),
        ("claims", {"limit": 0}),
        ("stories", {"status": "rumoured"}),
        ("story", {"story_id": "there is none"}),
        ("dyad", {"a": "KEN", "b": "KEN"}),
        ("dyad", {"a": "KEN", "b": "SOM", "by": "century"}),
        ("changes", {"since": "soon"}),
        ("query", {"sql": "SELECT * FROM read_text('/etc/hostname')"}),
    ],
)
def test_a_wrong_argument_is_told_and_the_server_goes_on(ask: Any, tool: str, arguments: dict[str, Any]) -> None:
    assert isinstance(ask(tool, **arguments), str)
    assert ask("store")["rows"]["reports"] > 0


def test_the_command_serves_over_stdin_and_stdout(folder: Path) -> None:
    async def called() -> Any:
        server = StdioServerParameters(command=sys.executable, args=["-m", "dragoman", "mcp", str(folder)])
        async with Client(server, read_timeout_seconds=60) as client:
            return (await client.call_tool("events", {"limit": 1})).structured_content

    assert len(asyncio.run(called())["events"]) == 1
