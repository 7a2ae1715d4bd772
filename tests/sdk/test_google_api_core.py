"""Google's own client for AIP-151 (google-api-core 2.44.0) against our simulator over HTTP, and ours beside it.

It creates nothing itself (each API's library does), so that a plain request begins what it then waits for.
Its REST transport has get, list, cancel and delete, and no wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

import accepted
from accepted.asgi import application, running
from accepted.services import google_lro
from accepted.simulate import handler
from accepted.simulate.google_lro import FAILURES, Simulator

pytestmark = [pytest.mark.oracle("grpc"), pytest.mark.oracle("google.api_core")]

TOKEN = "a-simulated-token"
PLACE = "projects/p/locations/l"
BOOKS = f"{PLACE}/books"


@contextmanager
def served(scenarios: str = "happy", duration: float = 0.2, grace: float = 0.1) -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator(scenarios, duration=duration, grace=grace)
    with running(application(handler(simulator))) as origin:
        yield simulator, origin


# ---- theirs


def message(name: str) -> Any:
    """The types that an API's own library brings: what the simulator's metadata is made of."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

    pool = descriptor_pool.Default()
    full_name = f"accepted.simulated.v1.{name}"
    try:
        found = pool.FindMessageTypeByName(full_name)
    except KeyError:
        file = descriptor_pb2.FileDescriptorProto(
            name="accepted_simulated.proto",
            package="accepted.simulated.v1",
            syntax="proto3",
            dependency=[timestamp_pb2.DESCRIPTOR.name],
        )
        kinds = descriptor_pb2.FieldDescriptorProto
        made = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(METADATA.items(), start=1):
            of = {"type": kinds.TYPE_MESSAGE, "type_name": kind} if "." in kind else {"type": kinds.Type.Value(kind)}
            made.field.add(name=field, number=number, label=kinds.LABEL_OPTIONAL, **of)
        pool.Add(file)
        found = pool.FindMessageTypeByName(full_name)
    return message_factory.GetMessageClass(found)


METADATA = {
    "create_time": ".google.protobuf.Timestamp",
    "end_time": ".google.protobuf.Timestamp",
    "target": "TYPE_STRING",
    "verb": "TYPE_STRING",
    "api_version": "TYPE_STRING",
    "requested_cancellation": "TYPE_BOOL",
    "progress_percent": "TYPE_INT32",
}


def theirs(origin: str) -> Any:
    from google.api_core.operations_v1 import AbstractOperationsClient, OperationsRestTransport
    from google.oauth2.credentials import Credentials
    from google.protobuf import struct_pb2

    # What answers carry is parsed by its name: its type has to be known, as it is to an API's own library.
    assert struct_pb2.Struct.DESCRIPTOR.full_name == "google.protobuf.Struct"
    message("OperationMetadata")
    # The scheme stands in the host: 2.44.0 takes `url_scheme` and does not pass it on.
    return AbstractOperationsClient(transport=OperationsRestTransport(host=origin, credentials=Credentials(TOKEN)))


def request(origin: str, method: str, path: str, body: Any = None) -> Any:
    """What the connection of an API's library does: the answer's document, or the exception of its code."""
    import requests
    from google.api_core import exceptions

    fields = {"authorization": f"Bearer {TOKEN}"}
    answer = requests.request(method, f"{origin}/v1/{path}", json=body, headers=fields, timeout=10)
    if answer.status_code >= 400:
        raise exceptions.from_http_response(answer)
    return answer.json()


def waiting(timeout: float = 5.0) -> Any:
    from google.api_core.future.polling import POLLING_PREDICATE
    from google.api_core.retry import Retry

    return Retry(predicate=POLLING_PREDICATE, initial=0.02, maximum=0.05, timeout=timeout)


def future(origin: str, document: Any, timeout: float = 5.0) -> Any:
    """What an API's library returns from the method that begins an operation."""
    from google.api_core import operation
    from google.longrunning import operations_pb2
    from google.protobuf import json_format, struct_pb2

    client = theirs(origin)
    begun = json_format.ParseDict(document, operations_pb2.Operation())
    kinds = {"result_type": struct_pb2.Struct, "metadata_type": message("OperationMetadata")}
    return operation.from_gapic(begun, client, **kinds, polling=waiting(timeout))


def their_outcome(origin: str, timeout: float = 5.0) -> str:
    try:
        result = future(origin, request(origin, "POST", BOOKS, {}), timeout).result()
    except Exception as error:  # noqa: BLE001  # whatever leaves it is what its caller learns
        return type(error).__name__
    return f"completed: {dict(result)['name']}"


# ---- ours


def ours(origin: str, grace: float = google_lro.contract.grace) -> Any:
    contract = replace(google_lro.contract, grace=grace)
    return accepted.Client(contract, base_url=origin + Simulator.base_path, auth=TOKEN, journal=None)


def our_outcome(origin: str, timeout: float = 20.0, grace: float = google_lro.contract.grace) -> str:
    with ours(origin, grace) as client:
        try:
            task = client.with_options(timeout=timeout).run_task(path=BOOKS, body={})
        except accepted.AcceptedError as error:
            return type(error).__name__
        return f"completed: {task.result.value['value']['name']}"


# ---- one beside the other

DONE = f"completed: {BOOKS}"

SAME = [
    ("happy", DONE, DONE),
    ("failed", "FailedPrecondition", "TaskFailed"),
    ("cancelled", "Cancelled", "TaskCancelled"),
    ("neither", "GoogleAPICallError", "ContractBroken"),
    ("both", "ParseError", "ContractBroken"),
    ("at-once", "ParseError", "CreateUnknown"),  # what was answered is no Operation
    ("gone", "NotFound", "TaskGone"),
]
"""Scenario, what a caller of theirs learns, and of ours: the same in other words."""

DIFFERENT = [
    # A field that a newer service adds is no error to us, and as a rule of protocol buffers should be none.
    ("unknown-field", "ParseError", DONE),
    # A 404 just after our own create means not yet; theirs takes it for the end of the wait.
    ("eventual", "NotFound", DONE),
    # Theirs raises what the create and the polls are answered; ours waits as long as the 429 says.
    ("throttled", "TooManyRequests", DONE),
]
"""Those in which they differ, and why."""


@pytest.mark.parametrize(("scenario", "them", "us"), [*SAME, *DIFFERENT], ids=lambda text: text.partition(":")[0])
def test_outcomes_side_by_side(scenario: str, them: str, us: str) -> None:
    with served(scenario) as (_, origin):
        found = their_outcome(origin)
    with served(scenario) as (_, origin):
        # A 404 may mean "not yet" for half a minute, which no test waits for.
        grace = 0.0 if scenario == "gone" else 5.0
        assert (found, our_outcome(origin, grace=grace)) == (them, us)


def test_no_scenario_is_a_success_to_us_that_is_a_failure_of_the_operation_to_them() -> None:
    assert {name for name, them, us in [*SAME, *DIFFERENT] if us == DONE != them} == {
        "unknown-field",
        "eventual",
        "throttled",
    }


def test_every_code_ends_as_the_same_kind_of_error() -> None:
    with served("failed", duration=0) as (_, origin), ours(origin) as client:
        theirs_ = [future(origin, request(origin, "POST", BOOKS, {})).exception() for _ in FAILURES]
        tasks = [client.create_task(path=BOOKS) for _ in FAILURES]
    assert [each.grpc_status_code.name for each in theirs_] == [task.service_status for task in tasks]
    assert [each.message for each in theirs_] == [task.message for task in tasks]
    assert {str(task.status) for task in tasks} == {"failed"}


def test_a_wait_that_is_too_short_ends_and_the_operation_goes_on() -> None:
    with served("happy", duration=30) as (_, origin):
        assert (their_outcome(origin, 0.2), our_outcome(origin, 0.2)) == ("TimeoutError", "PollTimeout")


# ---- what it asks


def test_it_gets_what_we_get() -> None:
    with served(duration=0.4) as (_, origin), ours(origin) as client:
        task = client.create_task(path=BOOKS, body={"title": "Async"})
        operation = future(origin, {"name": task.id})
        assert operation.done() is False
        assert operation.result()["madeOf"]["title"] == "Async"
        task = client.poll_task(task)
        assert operation.metadata.progress_percent == task.result.metadata["progressPercent"] == 100
        assert operation.metadata.create_time.ToJsonString()[:23] == task.result.metadata["createTime"][:23]
        assert operation.operation.name == task.id


def test_it_cancels() -> None:
    with served(duration=5) as (simulator, origin), ours(origin) as client:
        task = client.create_task(path=BOOKS)
        operation = future(origin, {"name": task.id})
        assert operation.cancel() is True
        assert operation.metadata.requested_cancellation is False  # it has not looked since
        assert client.get_status(task) == "cancelling"
        with pytest.raises(Exception, match="cancelled"):
            operation.result()
        assert operation.cancelled() is True
        assert client.poll_task(task, check=False).status == "cancelled"
        assert operation.cancel() is False
        assert simulator.counts()["acts"] == 1


def test_what_we_cancel_it_sees_as_cancelled() -> None:
    with served(duration=5) as (_, origin), ours(origin) as client:
        task = client.cancel_task(client.create_task(path=BOOKS))
        operation = future(origin, {"name": task.id})
        with pytest.raises(Exception, match="cancelled"):
            operation.result()
        assert operation.cancelled() is True


@pytest.mark.parametrize("filter_", ["", "done = true", "done = false"])
def test_it_lists_what_we_list(filter_: str) -> None:
    with served(duration=0) as (_, origin), ours(origin) as client:
        for _ in range(4):
            client.create_task(path=BOOKS)
        client.create_task(path="elsewhere")
        wanted = {"filter": filter_} if filter_ else {}
        listed = list(theirs(origin).list_operations(PLACE, filter_, page_size=3))
        found = list(client.list_tasks(parent=PLACE, **wanted))
        assert [each.name for each in listed] == [task.id for task in found]
        assert [each.done for each in listed] == [task.status.final for task in found]
        assert len(listed) == (0 if filter_.endswith("false") else 4)


def test_it_deletes() -> None:
    from google.api_core.exceptions import NotFound

    with served(duration=60) as (_, origin), ours(origin) as client:
        task = client.create_task(path=BOOKS)
        theirs(origin).delete_operation(task.id)
        with pytest.raises(NotFound):
            theirs(origin).get_operation(task.id)
        with pytest.raises(accepted.TaskNotFound):
            client.act(task, "delete")


def test_it_has_no_wait_over_rest_and_ours_may_return_early() -> None:
    with served(duration=60) as (_, origin), ours(origin) as client:
        assert not hasattr(theirs(origin), "wait_operation")
        task = client.act(client.create_task(path=BOOKS), "wait", timeout=5)
        assert task.status == "in_progress"


@pytest.mark.parametrize(("call", "error"), [("get_operation", "NotFound"), ("cancel_operation", "NotFound")])
def test_it_reads_our_errors(call: str, error: str) -> None:
    with served() as (_, origin), pytest.raises(Exception, match="Requested entity was not found") as caught:
        getattr(theirs(origin), call)(f"{PLACE}/operations/0")
    assert type(caught.value).__name__ == error


def test_what_is_not_implemented_it_raises_and_so_do_we() -> None:
    from google.api_core.exceptions import MethodNotImplemented

    with served("get-only") as (_, origin), ours(origin) as client:
        task = client.create_task(path=BOOKS)
        with pytest.raises(MethodNotImplemented):
            theirs(origin).cancel_operation(task.id)
        with pytest.raises(accepted.Unsupported):
            client.cancel_task(task)


# ---- the older way: bare names, found at operations/{name}


def bare(origin: str) -> Any:
    from google.api_core import operation
    from google.protobuf import struct_pb2

    message("OperationMetadata")
    ask = partial(request, origin)
    begun = ask(method="POST", path=BOOKS, body={})
    return operation.from_http_json(begun, ask, struct_pb2.Struct, polling=waiting())


def test_from_http_json_finds_a_bare_name_and_so_do_we_with_one_word() -> None:
    with served("bare-names") as (_, origin), ours(origin) as client:
        assert bare(origin).result()["name"] == BOOKS
        task = client.run_task(path=BOOKS, operations="operations")
        assert task.result.value["value"]["name"] == BOOKS


def test_from_http_json_cancels() -> None:
    with served("bare-names", duration=5) as (_, origin):
        operation = bare(origin)
        assert operation.cancel() is True
        with pytest.raises(Exception, match="cancelled"):
            operation.result()
