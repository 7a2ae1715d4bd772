"""Where the implementation that this project began from is wrong about Codex: one test a mistake.

Each is named after the mistake, and ends as it should have. The facts are those of the official CLI.
"""

import json
from typing import Any

import pytest

from accepted import BadRequest, Client, Status
from accepted.core.read import Answer
from accepted.core.wire import Request, Response
from accepted.drivers.transport import MemoryTransport
from accepted.services.codex import contract
from accepted.testing import EPOCH, VirtualClock, simulation

BASE = "https://codex.example/backend-api/wham"
ID = "task_e_1"
ENVIRONMENTS = [{"id": "env_68f1c2a4", "label": "acme/widget"}]

Json = Any


class Service:
    """Answers from a list, the last one for ever; the environments apart."""

    def __init__(self, *answers: Any, code: int = 200, **fields: str) -> None:
        self.answers = list(answers)
        self.code = code
        self.fields = tuple((name.replace("_", "-"), value) for name, value in fields.items())
        self.sent: list[Request] = []
        self.clock = VirtualClock()
        place = {"base_url": BASE.removesuffix("/wham"), "auth": "a-token", "journal": None, "clock": self.clock}
        self.client: Client[..., Any] = Client(contract, **place, transport=MemoryTransport(self.answer))

    def answer(self, request: Request) -> Response:
        if request.url.endswith("/environments"):
            return Response(status=200, body=json.dumps(ENVIRONMENTS).encode())
        self.sent.append(request)
        document = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Response(status=self.code, headers=self.fields, body=json.dumps(document).encode())

    def create(self, **inputs: Any) -> Any:
        return self.client.create_task(**{"prompt": "go", "environment": "acme/widget", **inputs})


def told(word: str, **turn: Json) -> Json:
    return {"task": {"id": ID}, "current_assistant_turn": {"turn_status": word, **turn}}


@pytest.mark.parametrize("code", [200, 201, 202])
@pytest.mark.parametrize("document", [{"task": {"id": ID}}, {"id": ID}], ids=["inside", "on top"])
def test_mistake_1_a_create_succeeds_only_with_200_and_an_id_inside_task(code: int, document: Json) -> None:
    assert Service(document, code=code).create().id == ID


def test_mistake_2_a_list_is_paged_by_offset() -> None:
    service = Service({"items": [{"id": "b"}], "cursor": "opaque"}, {"items": [{"id": "a"}], "cursor": None})
    assert [task.id for task in service.client.list_tasks()] == ["b", "a"]
    queries = [request.url.partition("?")[2] for request in service.sent]
    assert queries == ["limit=20&task_filter=current", "limit=20&task_filter=current&cursor=opaque"]


def test_mistake_3_cancelled_is_not_final() -> None:
    service = Service(told("in_progress"), told("cancelled"))
    task = service.client.poll_task(ID, check=False)
    assert (task.status, task.status.final) == (Status.CANCELLED, True)
    assert len(service.sent) == 2


def test_mistake_4_the_diff_is_an_item_named_diff_and_the_diff_turn_is_never_read() -> None:
    changed = {"output_items": [{"type": "output_diff", "diff": "diff --git a/x b/x\n"}]}
    lost = [{"type": "diff", "diff": "not one"}]
    service = Service({**told("completed", output_items=lost), "current_diff_task_turn": changed})
    assert service.client.poll_task(ID).result.diff == "diff --git a/x b/x\n"


@pytest.mark.parametrize(("word", "status"), [("queued", Status.UNKNOWN), ("pending", Status.QUEUED)])
def test_mistake_5_queued_is_a_word_of_the_service(word: str, status: Status) -> None:
    assert "queued" not in contract.words
    assert Service(told(word)).client.get_status(ID) is status


def test_mistake_6_a_model_is_taken_and_never_sent() -> None:
    service = Service({"task": {"id": ID}})
    with pytest.raises(BadRequest, match="unknown input 'model'"):
        service.create(model="gpt-5-codex")
    assert service.sent == []


def test_mistake_7_the_id_of_an_environment_is_owner_and_repository() -> None:
    """It is its label; sent as an id it was answered with 500."""
    service = Service({"task": {"id": ID}})
    service.create(environment="acme/widget")
    assert json.loads(service.sent[0].body)["new_task"]["environment_id"] == "env_68f1c2a4"  # type: ignore[arg-type]


def test_mistake_8_the_windows_of_the_usage_are_on_top() -> None:
    window = {"used_percent": 8, "limit_window_seconds": 17940, "reset_after_seconds": 6625, "reset_at": 1761548349}
    inside = {"plan_type": "pro", "rate_limit": {"allowed": True, "limit_reached": False, "primary_window": window}}
    assert contract.read_usage
    assert contract.read_usage(Answer(raw=json.dumps(inside).encode())).windows["primary"].minutes == 299
    on_top = {"plan_type": "pro", "primary_window": window}
    assert contract.read_usage(Answer(raw=json.dumps(on_top).encode())).windows == {}


@pytest.mark.parametrize("code", [401, 403, 404])
def test_mistake_9_what_is_refused_for_good_is_asked_again(code: int) -> None:
    service = Service({"detail": "no"}, code=code)
    with pytest.raises(Exception, match=str(code)):
        service.client.poll_task(ID)
    assert len(service.sent) == 1


def test_mistake_9_retry_after_is_unread() -> None:
    service = Service(told("completed"))
    moments: list[float] = []

    def answer(request: Request) -> Response:
        moments.append(service.clock.now())
        limited = Response(status=429, headers=(("retry-after", "45"),))
        return limited if len(moments) == 1 else service.answer(request)

    place = {"base_url": BASE.removesuffix("/wham"), "auth": "a-token", "journal": None, "clock": service.clock}
    assert Client(contract, **place, transport=MemoryTransport(answer)).poll_task(ID).ok
    assert len(moments) == 2
    assert moments[1] >= EPOCH + 45.0


def test_mistake_10_a_create_is_answered_with_202() -> None:
    """Nothing shows that it is; 2xx with an id is what the contract declares, and its page says so."""
    (post,) = [step for step in contract.create if step.method == "POST"]
    assert all(code in {200, 201} for code in post.codes)
    service = simulation("codex")
    service.client.create_task(prompt="go", environment="acme/widget")
    route = "POST /backend-api/wham/tasks"
    assert service.counts()["routes"][route] == 1
    assert "202" not in service.counts()["answers"]


def test_mistake_11_a_wait_ends_after_two_minutes() -> None:
    assert contract.longest_wait >= 30 * 60
    service = simulation("codex", duration=25 * 60)
    assert service.client.run_task(prompt="go", environment="acme/widget").ok
