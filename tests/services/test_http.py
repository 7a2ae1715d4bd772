"""The `http` contract as a client: small servers that follow one convention each, our own server, and the CLI.

The servers of `littles/` follow one convention each, which they link; they are real HTTP on a loopback port.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import accepted
from accepted import Client
from accepted.asgi import application, running
from accepted.cli import main
from accepted.core.wire import Request, Response, header
from accepted.drivers.transport import MemoryTransport
from accepted.server import TaskAPI
from accepted.services import http
from accepted.testing import VirtualClock

ROOT = Path(__file__).parents[2]
CREATE = "https://api.test/v1/reports"


def little(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"little_{path.stem}", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LITTLES = {path.stem: little(path) for path in sorted((Path(__file__).parent / "littles").glob("*.py"))}


@contextmanager
def served(module: ModuleType) -> Iterator[tuple[Client[..., Any], dict[str, Any], Any]]:
    """A client at a little server, and the inputs of its create."""
    path, _, query = module.PATH.partition("?")
    inputs = {**module.INPUTS, **({"query": dict([query.split("=")])} if query else {})}
    server = module.Server()
    with running(application(server)) as origin:
        client = Client("http", base_url=origin + path, journal=None, clock=VirtualClock())
        with client:
            yield client, inputs, server


def test_they_are_enough_and_small() -> None:
    assert len(LITTLES) >= 8
    for name, module in LITTLES.items():
        assert len((Path(__file__).parent / "littles" / f"{name}.py").read_text().splitlines()) < 60
        assert "https://" in (module.__doc__ or "")


@pytest.mark.parametrize("name", [name for name, module in LITTLES.items() if not hasattr(module, "NEEDS")])
@pytest.mark.filterwarnings("ignore:.*Pending request")
def test_a_convention_needs_no_option(name: str) -> None:
    with served(LITTLES[name]) as (client, inputs, server):
        task = client.create_task(**inputs)
        assert not task.status.final
        task = client.poll_task(task, timeout=600)
        assert (task.status, task.result.value) == ("completed", LITTLES[name].RESULT)
        assert server.polls == 3


@pytest.mark.parametrize("name", [name for name, module in LITTLES.items() if hasattr(module, "NEEDS")])
def test_what_no_convention_says_is_asked_for_by_name(name: str) -> None:
    module = LITTLES[name]
    ((option, value),) = module.NEEDS.items()
    with served(module) as (client, inputs, _):
        task = client.create_task(**inputs)
        with pytest.raises(accepted.AcceptedError, match=option) as caught:
            client.poll_task(task, timeout=600)
        assert isinstance(caught.value, accepted.TaskNotFound | accepted.ContractBroken)
        task = client.poll_task(client.create_task(**inputs, **{option: value}), timeout=600)
        assert (task.status, task.result.value) == ("completed", module.RESULT)


@pytest.mark.parametrize("name", [name for name, module in LITTLES.items() if hasattr(module, "CANCELLED")])
def test_cancel_by_a_link_or_as_given(name: str) -> None:
    module = LITTLES[name]
    with served(module) as (client, inputs, server):
        task = client.create_task(**inputs, **getattr(module, "OPTIONS", {}))
        client.cancel_task(task)
        assert server.asked[-1] == module.CANCELLED


def test_nothing_says_how_to_cancel() -> None:
    with served(LITTLES["zalando"]) as (client, inputs, _):
        task = client.create_task(**inputs)
        with pytest.raises(accepted.BadRequest, match="--cancel"):
            client.cancel_task(task)


def test_a_ref_alone_is_enough_to_poll() -> None:
    with served(LITTLES["hal"]) as (client, inputs, server):
        ref = client.create_task(**inputs).ref
        assert client.poll_task(ref, timeout=600).result.value == {"rows": 3}
        assert client.cancel_task(ref).status == "completed"  # asked too late: it has no such link any more
        assert server.asked.count("DELETE /jobs/9") == 0


def test_a_ref_alone_is_enough_to_cancel() -> None:
    with served(LITTLES["hal"]) as (client, inputs, server):
        ref = client.create_task(**inputs).ref
        assert client.cancel_task(ref).status == "cancelling"
        assert server.asked[-2:] == ["GET /jobs/9", "DELETE /jobs/9"]


# ---- our own server


@pytest.fixture
def reports(tmp_path: Path) -> Iterator[str]:
    """The README's twelve lines, a task that fails, and one that takes its time."""
    source = (ROOT / "README.md").read_text().partition("## Build one")[2].partition("```python\n")[2]
    scope: dict[str, Any] = {}
    exec(source.partition("```")[0], scope)  # the README's own example
    api: TaskAPI = scope["api"]
    api.db = tmp_path / "tasks.db"

    @api.task(path="/broken")
    async def broken(name: str) -> int:
        raise ValueError(name)

    @api.task(path="/slow")
    async def slow(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    with running(api) as origin:
        yield origin


def test_our_own_server_needs_no_option(reports: str) -> None:
    with Client("http", base_url=f"{reports}/api/reports", journal=None) as client:
        task = client.create_task(body={"name": "Q3", "pages": 2})
        assert task.doing.yields["monitor_found_in"] == "Location"
        done = client.poll_task(task, timeout=30)
        assert done.ok
        assert done.result.value == done.result.document["result"]
        assert client.poll_task(task.ref, timeout=30).ok


def test_a_cancel_on_our_own_server(reports: str) -> None:
    with Client("http", base_url=f"{reports}/api/slow", journal=None) as client:
        task = client.create_task(body={"seconds": 60})
        assert client.cancel_task(task).status in {"cancelling", "cancelled"}
        with pytest.raises(accepted.TaskCancelled):
            client.poll_task(task, timeout=30)


def test_a_failure_on_our_own_server(reports: str) -> None:
    with Client("http", base_url=f"{reports}/api/broken", journal=None) as client:
        task = client.create_task(body={"name": "Q3"})
        with pytest.raises(accepted.TaskFailed):
            client.poll_task(task, timeout=30)


def test_an_invalid_input_is_refused_by_the_api(reports: str) -> None:
    with (
        Client("http", base_url=f"{reports}/api/reports", journal=None) as client,
        pytest.raises(accepted.BadRequest, match="pages"),
    ):
        client.create_task(body={"name": "Q3", "pages": "many"})


# ---- conversations in memory


class Script:
    """Answers in turn, the last one again and again; the first is that of the create."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]


def says(document: Any = None, status: int = 200, **fields: str) -> Response:
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
    return Response(status=status, headers=headers, body=body)


def client_of(script: Callable[[Request], Response], **settings: Any) -> Client[..., Any]:
    shown = {"base_url": CREATE, "journal": None, "clock": VirtualClock(), **settings}
    return Client(http.contract, transport=MemoryTransport(script), **shown)


TAKEN = says(status=202, location="/jobs/7")


def test_the_request_is_what_was_asked_for() -> None:
    script = Script(TAKEN)
    client_of(script, auth="a-secret-token").create_task(
        method="put", path="/q3", query={"v": 2}, headers={"X-Version": "3"}, body=[1]
    )
    (request,) = script.requests
    assert (request.method, request.url, request.body) == ("PUT", f"{CREATE}/q3?v=2", b"[1]")
    assert header(request.headers, "x-version") == "3"
    assert header(request.headers, "authorization") == "Bearer a-secret-token"


@pytest.mark.parametrize(
    ("base_url", "path", "url"),
    [
        (CREATE, "", CREATE),
        (f"{CREATE}/", "", CREATE),
        (CREATE, "/", f"{CREATE}/"),
        (CREATE, "a/b", f"{CREATE}/a/b"),
        (CREATE, "/a", f"{CREATE}/a"),
        ("https://api.test/v1", "books:import", "https://api.test/v1/books:import"),
        ("https://api.test", "", "https://api.test"),
    ],
)
def test_where_a_create_is_sent(base_url: str, path: str, url: str) -> None:
    script = Script(TAKEN)
    client_of(script, base_url=base_url).create_task(path=path)
    assert script.urls == [url]


def test_header_fields_go_along_to_the_same_origin_only() -> None:
    link = {"status": "completed", "links": {"result": "https://files.test/7"}}
    script = Script(TAKEN, says({"status": "running"}), says(link), says({"pages": 3}))
    client = client_of(script)
    task = client.run_task(body={}, headers={"X-Version": "3", "Prefer": "respond-async"})
    assert task.result.value == {"pages": 3}
    sent = [(header(one.headers, "x-version"), header(one.headers, "prefer")) for one in script.requests]
    assert sent == [("3", "respond-async"), ("3", None), ("3", None), (None, None)]


@pytest.mark.parametrize(
    "inputs",
    [
        {"headers": {"Authorization": "x"}},
        {"headers": {"cookie": "x"}},
        {"headers": {"X-Api-Key": "x"}},
        {"method": "BREW"},
        {"status_pointer": "status"},
        {"cancel": "BREW tea"},
        {"path": "/{process}"},
        {"final_word": "done"},
    ],
)
def test_inputs_that_make_no_sense_are_refused_before_any_request(inputs: dict[str, Any]) -> None:
    script = Script(TAKEN)
    with pytest.raises(accepted.BadRequest, match=next(iter(inputs))):
        client_of(script).create_task(**inputs)
    assert script.requests == []


def test_a_signed_monitor_is_kept_apart() -> None:
    signed = "https://jobs.test/7?sig=planted-secret"
    script = Script(
        says({"status": "queued", "links": {"self": signed}}, status=202, location=signed),
        says({"status": "completed", "result": {"again": signed}}),
    )
    client = client_of(script)
    task = client.create_task()
    assert task.id.startswith("https://jobs.test/7?sig=~")
    assert "planted-secret" not in repr(task) + str(task.raw) + str(task.doing)
    task = client.poll_task(task)
    assert script.urls[1] == signed
    assert "planted-secret" not in repr(task) + str(task.raw) + str(task.value)


def test_a_signed_result_is_kept_apart() -> None:
    signed = "https://files.test/7?X-Amz-Signature=planted-secret"
    script = Script(TAKEN, says({"status": "completed", "result_url": signed}), says({"pages": 3}))
    task = client_of(script).run_task()
    assert script.urls[-1] == signed
    assert task.result.value == {"pages": 3}
    assert "planted-secret" not in repr(task) + str(task.raw) + str(task.result.document)


def test_a_monitor_elsewhere_sees_no_credential() -> None:
    script = Script(says(status=202, location="https://jobs.test/7"), says({"status": "completed", "result": 1}))
    client_of(script, auth="a-secret-token").run_task()
    assert [header(one.headers, "authorization") is None for one in script.requests] == [False, True]


@pytest.mark.parametrize("place", ["http://jobs.test/7", "https://10.0.0.1/7"])
def test_a_monitor_that_may_not_be_asked(place: str) -> None:
    script = Script(says(status=202, location=place), says({"status": "completed"}))
    client = client_of(script)
    with pytest.raises(accepted.ContractBroken, match="not asked"):
        client.poll_task(client.create_task())
    assert len(script.requests) == 1


@pytest.mark.parametrize("place", ["https://u:planted-secret@jobs.test/7", "//u:planted-secret@api.test/7"])
def test_a_monitor_with_a_user_name_is_kept_nowhere(place: str) -> None:
    script = Script(says(status=202, location=place))
    with pytest.raises(accepted.CreateUnknown, match="a user name in its URL, which is not asked") as caught:
        client_of(script).create_task()
    assert "planted-secret" not in f"{caught.value}{caught.value.task!r}{caught.value.task.doing}"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_an_empty_field_and_a_byte_order_mark_say_nothing(mark: bytes) -> None:
    headers = (("operation-location", ""), ("operation-location", "/jobs/7"), ("location", "/jobs/8"))
    script = Script(Response(status=202, headers=headers), Response(status=200, body=mark + b'{"status": "failed"}'))
    client = client_of(script)
    with pytest.raises(accepted.TaskFailed):
        client.poll_task(client.create_task())
    assert script.urls[1:] == ["https://api.test/jobs/7"]


def test_a_202_that_names_a_place_moves_the_monitor() -> None:
    script = Script(TAKEN, says(status=202, location="/jobs/7/b"), says({"pages": 3}))
    assert client_of(script).run_task().result.value == {"pages": 3}
    assert script.urls[1:] == ["https://api.test/jobs/7", "https://api.test/jobs/7/b"]


@pytest.mark.parametrize("not_yet", [says(status=202), says({"title": "not ready"}, status=404), says(status=503)])
def test_a_result_that_is_not_there_yet_is_waited_for(not_yet: Response) -> None:
    script = Script(TAKEN, says(status=303, location="/reports/7"), not_yet, not_yet, says({"pages": 3}))
    assert client_of(script).run_task().result.value == {"pages": 3}


def test_a_202_never_becomes_the_result() -> None:
    script = Script(TAKEN, says(status=303, location="/reports/7"), says({"status": "pending"}, status=202))
    with pytest.raises(accepted.AcceptedError):
        client_of(script).run_task()


def test_an_unknown_word_is_warned_about_and_named(recwarn: pytest.WarningsRecorder, caplog: Any) -> None:
    script = Script(TAKEN, says({"status": "done", "result": 1}))
    client = client_of(script)
    with pytest.raises(accepted.PollTimeout):
        client.poll_task(client.create_task(), timeout=60)
    assert "final_words=done" in caplog.text + "".join(str(one.message) for one in recwarn)


def test_a_202_that_says_completed_is_not_over(caplog: Any) -> None:
    script = Script(TAKEN, says({"status": "completed", "result": 1}, status=202))
    client = client_of(script)
    with pytest.raises(accepted.PollTimeout):
        client.poll_task(client.create_task(), timeout=60)
    assert "status_pointer" in caplog.text


def test_a_contradiction_ends_the_wait_and_not_the_task() -> None:
    script = Script(TAKEN, says({"status": "completed", "state": "running"}))
    client = client_of(script)
    with pytest.raises(accepted.ContractBroken, match="status_pointer=/status") as caught:
        client.poll_task(client.create_task())
    assert caught.value.task
    assert not caught.value.task.status.final


def test_a_result_pointer_that_leads_nowhere_is_no_empty_result() -> None:
    script = Script(TAKEN, says({"status": "completed", "result": 1}))
    with pytest.raises(accepted.ContractBroken, match="nothing stands at /output"):
        client_of(script).run_task(result_pointer="/output")


def test_a_result_that_is_no_json_is_a_file_too(tmp_path: Path) -> None:
    script = Script(TAKEN, says(status=202), says(b"a,b\n1,2\n", content_type="text/csv; charset=utf-8"))
    client = client_of(script)
    task = client.run_task()
    assert task.result.value == "a,b\n1,2\n"
    (file,) = task.artifacts
    assert (file.name, file.media_type) == ("result.csv", "text/csv")
    assert client.download(file, tmp_path).read_bytes() == b"a,b\n1,2\n"


def test_a_result_of_bytes_is_a_file_named_by_its_url(tmp_path: Path) -> None:
    picture = b"\x89PNG\xff"
    script = Script(
        TAKEN,
        says({"status": "completed", "links": {"result": "/files/cat.png"}}),
        says(picture, content_type="image/png"),
    )
    task = client_of(script).run_task()
    assert task.result.value is None
    assert [(one.name, one.content) for one in task.artifacts] == [("cat.png", picture)]


def test_a_completed_task_without_a_result_has_its_document() -> None:
    script = Script(TAKEN, says({"status": "completed", "video": "/v"}))
    result = client_of(script).run_task().result
    assert (result.value, result.document) == (None, {"status": "completed", "video": "/v"})


@pytest.mark.parametrize(
    ("inputs", "sent"),
    [({}, 1), ({"method": "PUT"}, 2), ({"key_header": "Idempotency-Key"}, 2), ({"method": "GET"}, 1)],
)
def test_a_create_is_sent_again_only_where_that_is_safe(inputs: dict[str, str], sent: int) -> None:
    script = Script(says(status=503), TAKEN)
    client = client_of(script)
    try:
        task = client.create_task(**inputs)
    except accepted.CreateUnknown:
        task = None
    assert (len(script.requests), task is not None) == (sent, sent == 2)
    keys = {header(request.headers, "idempotency-key") for request in script.requests}
    assert len(keys) == 1
    assert (keys != {None}) == ("key_header" in inputs)


def test_a_create_that_says_nothing_is_unknown_and_names_the_input() -> None:
    with pytest.raises(accepted.CreateUnknown, match="id_pointer"):
        client_of(Script(says({"reference": "7"}))).create_task()


def test_404_just_after_a_create_is_not_yet() -> None:
    script = Script(says({"id": "7"}), says(status=404), says({"status": "completed", "result": 1}))
    assert client_of(script).run_task().result.value == 1


def test_410_is_gone() -> None:
    client = client_of(Script(TAKEN, says(status=410)))
    with pytest.raises(accepted.TaskGone):
        client.poll_task(client.create_task())


@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_error_of_a_poll_is_no_failure_of_the_task(status: int) -> None:
    client = client_of(Script(TAKEN, says({"status": "failed"}, status=status)))
    with pytest.raises(accepted.AcceptedError) as caught:
        client.poll_task(client.create_task(), timeout=60)
    assert not isinstance(caught.value, accepted.TaskFailed)


def test_a_cancel_that_answers_so_is_the_end() -> None:
    script = Script(TAKEN, says({"status": "dismissed"}))
    client = client_of(script)
    assert client.cancel_task(client.create_task(cancel="DELETE")).status == "cancelled"
    assert (script.requests[-1].method, script.urls[-1]) == ("DELETE", "https://api.test/jobs/7")


# ---- as a user runs it


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as usage:
            code = int(usage.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.slow
def test_create_explain_poll_result_cancel(shell: Callable[..., tuple[int, str, str]]) -> None:
    module = LITTLES["hal"]
    with running(application(module.Server())) as origin:
        where = ("--url", f"{origin}{module.PATH}")
        code, ref, told = shell("create", "http", *where, 'body:={"table": "orders"}', "--explain")
        assert (code, ref) == (0, "http:%2Fjobs%2F9\n")
        assert "monitor found in: body /_links/status" in told
        assert "status at: /state" in told
        code, _, told = shell("cancel", ref.strip())  # the journal knows where it is
        assert code == 0, told
        code, shown, told = shell("poll", ref.strip(), "--json", "--interval", "0")
        assert code == 0, told
        assert json.loads(shown)["result"]["value"] == {"rows": 3}


@pytest.mark.slow
def test_run_with_options_as_words(shell: Callable[..., tuple[int, str, str]]) -> None:
    module = LITTLES["own_field"]
    with running(application(module.Server())) as origin:
        url = f"{origin}{module.PATH}"
        code, _, told = shell("run", "http", "--url", url, "--timeout", "20")
        assert (code, "status_pointer" in told) == (1, True)
        words = ("--status-pointer", "/work/phase", "--final-words", "succeeded,done", "--json", "--timeout", "20")
        code, shown, told = shell("run", "http", "--url", url, *words)
        assert code == 0, told
        assert json.loads(shown)["result"]["value"] == module.RESULT


def test_it_says_that_only_you_know_where_it_is(shell: Callable[..., tuple[int, str, str]]) -> None:
    code, _, told = shell("create", "http")
    assert code == 2
    assert re.search(r"--base-url.*ACCEPTED_HTTP_BASE_URL", told)
