"""A TOML file that is a contract: what it says is done, and what is wrong in it is named."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import accepted
from accepted import Client, services
from accepted.asgi import application, running
from accepted.cli import main
from accepted.core.wire import Request, Response, header
from accepted.drivers.transport import MemoryTransport
from accepted.server import TaskAPI
from accepted.testing import VirtualClock

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
TOML = PAGE.partition("```toml\n")[2].partition("```")[0]
PYTHON = PAGE.partition("```py\n")[2].partition("```")[0]


class Orders:
    """What the page's file speaks of."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        match request.method, request.url.partition("/v1")[2]:
            case "POST", "/orders/eu":
                return says({"id": "7", "status": "accepted"}, status=202)
            case "GET", "/jobs/7":
                seen = sum(one.method == "GET" for one in self.requests)
                return says({"status": "packing"} if seen < 2 else {"status": "Shipped", "result": {"box": 3}})
            case "GET", "/orders":
                return says({"orders": [{"id": "7", "status": "packing"}, {"id": "8", "status": "shipped"}]})
            case _:
                return Response(status=404)


def says(document: Any, status: int = 200) -> Response:
    return Response(status=status, body=json.dumps(document).encode())


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "orders.toml") -> str:
        (tmp_path / name).write_text(text)
        return name

    return write


def client_of(file: str, handler: Any, **settings: Any) -> Client[..., Any]:
    shown = {"journal": None, "clock": VirtualClock(), "transport": MemoryTransport(handler), **settings}
    return Client(file, **shown)


def test_the_page_is_true(write: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    orders = Orders()
    write(TOML)
    assert len(TOML.splitlines()) == 10
    monkeypatch.setattr(accepted, "Client", lambda file, **given: client_of(file, orders, **given))
    exec(PYTHON)
    assert capsys.readouterr().out == "orders:%2Fv1%2Fjobs%2F7 {'box': 3}\n"
    create, *polls = orders.requests
    assert (create.method, create.url) == ("POST", "https://api.example.com/v1/orders/eu")
    for request in (create, *polls):
        assert header(request.headers, "x-api-key") == "a-key"
        assert header(request.headers, "x-api-version") == "2"
    assert {one.url for one in polls} == {"https://api.example.com/v1/jobs/7"}


def test_a_ref_alone_is_polled_as_the_file_says(write: Callable[..., str]) -> None:
    client = client_of(write(TOML), Orders(), auth="k")
    assert client.poll_task("orders:%2Fv1%2Fjobs%2F7").result.value == {"box": 3}


def test_what_a_create_gives_stands_above_the_file(write: Callable[..., str]) -> None:
    client = client_of(write(TOML), Orders(), auth="k")
    task = client.create_task(region="eu", final_words="packing")
    assert client.poll_task(task).service_status == "packing"


def test_a_placeholder_is_a_needed_input(write: Callable[..., str]) -> None:
    client = client_of(write(TOML), Orders(), auth="k")
    with pytest.raises(accepted.BadRequest, match="missing input 'region'"):
        client.create_task(body={})
    for value in ("..", "."):
        with pytest.raises(accepted.BadRequest, match="cannot stand there"):
            client.create_task(region=value)


def test_a_placeholder_is_encoded(write: Callable[..., str]) -> None:
    orders = Orders()
    client = client_of(write(TOML), orders, auth="k")
    with pytest.raises(accepted.BadRequest):
        client.create_task(region="a/b{id}")
    assert orders.requests[0].url == "https://api.example.com/v1/orders/a%2Fb%7Bid%7D"


def test_a_file_of_one_line_is_enough(write: Callable[..., str]) -> None:
    contract = services.find(write('base_url = "https://api.example.com/v1/"', "my_api.toml"))
    assert (contract.name, contract.title, contract.base_url) == ("my-api", "my-api", "https://api.example.com/v1")
    assert contract.credential
    assert contract.credential.optional


def test_a_token_is_needed_where_the_file_says_so(write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    orders = Orders()
    with pytest.raises(accepted.AuthenticationFailed, match="ACME_KEY"):
        client_of(write(TOML), orders).create_task(region="eu")
    monkeypatch.setenv("ACME_KEY", "from-the-environment")
    client_of(write(TOML), orders).create_task(region="eu")
    assert header(orders.requests[0].headers, "x-api-key") == "from-the-environment"


def test_tasks_are_listed_as_the_file_says(write: Callable[..., str]) -> None:
    more = 'list_path = "/orders"\nitems_pointer = "/orders"\n'
    client = client_of(write(TOML + more), Orders(), auth="k")
    listed = [(task.ref, task.status) for task in client.list_tasks()]
    assert listed == [("orders:%2Fv1%2Fjobs%2F7", "unknown"), ("orders:%2Fv1%2Fjobs%2F8", "completed")]


def test_without_a_list_path_there_is_no_list(write: Callable[..., str]) -> None:
    client = client_of(write(TOML), Orders(), auth="k")
    with pytest.raises(accepted.Unsupported, match="list"):
        list(client.list_tasks())


@pytest.fixture
def listing(tmp_path: Path) -> Iterator[str]:
    """Our own server, with five tasks."""
    api = TaskAPI("Reports", db=tmp_path / "tasks.db")

    @api.task(path="/reports")
    async def report(name: str) -> str:
        return name

    with running(api) as origin:
        with Client("http", base_url=f"{origin}/api/reports", journal=None) as client:
            for number in range(5):
                client.run_task(body={"name": str(number)})
        yield origin


@pytest.mark.slow
@pytest.mark.parametrize("paging", ['next_pointer = "/next_cursor"\nnext_param = "cursor"', ""])
def test_pages_of_our_own_server(listing: str, write: Callable[..., str], paging: str) -> None:
    """A cursor in the body, or the Link field: each alone leads through all of them."""
    text = f'base_url = "{listing}/api"\npath = "/reports"\nlist_path = "/tasks?limit=2"\nitems_pointer = "/items"\n'
    with Client(write(text + paging), journal=None) as client:
        tasks = list(client.list_tasks())
        assert len({task.ref for task in tasks}) == 5
        assert {task.status for task in tasks} == {"completed"}
        assert client.poll_task(tasks[-1].ref).result.value == "0"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "unknown field 'colour'"),
        ("final_word = []", "did you mean 'final_words'"),
        ("token_variable = []", "did you mean 'token_variables'"),
        ("base_url = 3", "base_url: Expected str, got int"),
        ("final_words = 3", "final_words"),
        ("final_words = [3]", "final_words"),
        ('token_variables = "ACME"', "token_variables"),
        ("headers = {a = 1}", "headers"),
        ('checked = "yesterday"', "checked"),
        ('method = "BREW"', "method 'BREW'"),
        ('status_pointer = "status"', "status_pointer"),
        ('cancel = "BREW"', "cancel"),
        ('headers = {Authorization = "Bearer x"}', "credential"),
        ('path = "/{body}"', "'body' is an input already"),
        ('name = "My API"', "contract name"),
        ("= 1", "not TOML"),
        ("a = 1\na = 2", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(write: Callable[..., str], text: str, told: str) -> None:
    with pytest.raises(accepted.BadRequest) as caught:
        services.find(write(text))
    assert "orders.toml" in str(caught.value)
    assert told in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(accepted.BadRequest, match=r"cannot read nowhere\.toml"):
        services.find("nowhere.toml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(accepted.BadRequest, match="not TOML"):
        services.find(str(tmp_path / "x.toml"))


def test_files_of_the_package_are_services() -> None:
    assert "ogc-api-processes" in services.names()
    contract = services.find("ogc-api-processes")
    assert (contract.name, contract.title) == ("ogc-api-processes", "OGC API Processes")


def test_every_file_of_the_package_is_a_contract() -> None:
    for file in Path(services.__file__).parent.glob("*.toml"):
        assert services.find(file.stem.replace("_", "-")).facts.verified


@pytest.mark.slow
def test_the_command_line_takes_a_file(write: Callable[..., str], capsys: Any) -> None:
    with running(application(Orders())) as origin:
        file = write(TOML.replace("https://api.example.com", origin))
        words = ("region=eu", "body:={}", "--token-env", "HOME", "--explain")
        assert main(["create", f"./{file}", *words]) == 0
        told = capsys.readouterr()
        ref = told.out.strip()
        assert ref == "orders:%2Fv1%2Fjobs%2F7"
        assert "monitor found in: poll_path" in told.err

        assert main(["poll", ref]) == 2
        assert "--service orders.toml" in capsys.readouterr().err

        assert main(["poll", ref, "--service", file, "--token-env", "HOME", "--interval", "0"]) == 0
        assert "completed" in capsys.readouterr().out
