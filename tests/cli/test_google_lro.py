"""Google operations as a user of the command line meets them: real HTTP to the simulator, a real journal."""

import pytest

pytestmark = pytest.mark.slow

PLACE = "projects/p/locations/l"
BOOKS = f"path={PLACE}/books"


@pytest.fixture
def library(machine, simulated):
    """A function that makes a machine and the API that it is pointed at."""

    def make(scenario: str = "happy", **options: float):
        service = simulated("google-lro", scenario, **options)
        place = {"ACCEPTED_GOOGLE_LRO_BASE_URL": service.base_url}
        return machine.with_variables(**place, ACCEPTED_GOOGLE_LRO_TOKEN="a-simulated-token"), service

    return make


def created(machine, *words: str) -> str:
    ran = machine.run("create", "google-lro", BOOKS, *words)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def test_create_poll_and_result(library) -> None:
    machine, service = library()
    ref = created(machine, 'body:={"title": "Async"}')
    assert ref == f"google-lro:{service.counts()['ids'][0].replace('/', '%2F')}"
    polled = machine.run("poll", ref, "--json")
    assert (polled.code, polled.document["status"], polled.document["service_status"]) == (0, "completed", "OK")
    assert polled.document["result"]["value"]["value"] == {"name": f"{PLACE}/books", "madeOf": {"title": "Async"}}
    assert polled.document["result"]["metadata"]["progressPercent"] == 100
    assert machine.run("result", ref).code == 0


def test_run_as_processes_of_their_own(library) -> None:
    machine, service = library()
    ran = machine.spawn("run", "google-lro", BOOKS, "method=DELETE", "--json", "--base-url", service.base_url)
    assert (ran.code, ran.document["status"]) == (0, "completed")
    assert ran.document["result"]["value"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}


def test_inputs_may_be_options(library) -> None:
    machine, service = library()
    ran = machine.run("create", "google-lro", "--path", f"{PLACE}/books", "--request-id", "r-1", "--method", "PATCH")
    assert ran.code == 0
    assert service.counts()["titles"] == {"r-1": 1}


def test_status_looks_once(library) -> None:
    machine, service = library(duration=60)
    ref = created(machine)
    ran = machine.run("status", ref, "--json")
    assert (ran.code, ran.document["status"], service.counts()["polls"]) == (0, "in_progress", 1)


def test_cancel_is_a_request(library) -> None:
    machine, _ = library(duration=5)
    ref = created(machine)
    ran = machine.run("cancel", ref, "--json")
    assert (ran.code, ran.document["status"]) == (0, "cancelling")
    polled = machine.run("poll", ref, "--json")
    assert (polled.code, polled.document["status"], polled.document["service_status"]) == (4, "cancelled", "CANCELLED")


def test_list_by_parent_and_filter(library) -> None:
    machine, _ = library(duration=0)
    refs = [created(machine) for _ in range(3)]
    ran = machine.run("list", "google-lro", f"parent={PLACE}", "filter=done = true", "--json")
    assert (ran.code, [line["ref"] for line in ran.documents]) == (0, refs[::-1])
    assert [line["status"] for line in ran.documents] == ["completed"] * 3
    assert machine.run("list", "google-lro", "--json").out == ""


def test_act_wait_may_return_early(library) -> None:
    machine, service = library(duration=60)
    ran = machine.run("act", created(machine), "wait", "timeout:=0.5", "--json")
    assert (ran.code, ran.document["status"]) == (0, "in_progress")
    assert service.counts()["acts"] == 1


def test_act_wait_is_read_like_a_poll(library) -> None:
    machine, service = library("failed", duration=0)
    ref = created(machine)
    ran = machine.run("act", ref, "wait", "--json")
    assert (ran.code, ran.document["status"], ran.document["reason"]) == (0, "failed", "failed_precondition")
    polled = machine.run("poll", ref)
    assert (polled.code, service.counts()["polls"]) == (3, 0)
    assert "The publisher is not empty." in polled.out


def test_act_delete_forgets(library) -> None:
    machine, _ = library(duration=60)
    ref = created(machine)
    assert machine.run("act", ref, "delete").code == 0
    assert machine.run("act", ref, "delete").code == 1  # there is none any more


EXITS = [
    ("happy", 0),
    ("failed", 3),
    ("cancelled", 4),
    ("neither", 1),
    ("both", 1),
    ("unknown-field", 0),
]


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "code"), EXITS)
def test_exit_code_of_a_poll(library, scenario: str, code: int) -> None:
    machine, _ = library(scenario, duration=0)
    assert machine.run("poll", created(machine)).code == code


@pytest.mark.parametrize(("scenario", "code"), [("at-once", 9), ("lost-answer", 9)])
def test_exit_code_of_a_create(library, scenario: str, code: int) -> None:
    machine, service = library(scenario)
    assert machine.run("create", "google-lro", BOOKS).code == code
    assert service.counts()["committed"] == 1


def test_bad_inputs_are_usage(library) -> None:
    machine, service = library()
    for words in ([], ["path=https://elsewhere.test/v1/books"], [BOOKS, "method=GET"], [BOOKS, "colour=red"]):
        assert machine.run("create", "google-lro", *words).code == 2
    assert service.counts()["requests"] == 0


def test_without_a_place_it_says_which_variable(machine) -> None:
    ran = machine.run("create", "google-lro", BOOKS)
    assert ran.code == 2
    assert "ACCEPTED_GOOGLE_LRO_BASE_URL" in ran.err


def test_a_bad_token_is_told_with_the_way_to_another(library) -> None:
    machine, _ = library()
    ran = machine.with_variables(ACCEPTED_GOOGLE_LRO_TOKEN="bad-key").run("create", "google-lro", BOOKS)
    assert ran.code == 7
    assert "gcloud auth print-access-token" in ran.err


def test_services_tells_about_it_and_how_to_say_where_it_is(machine) -> None:
    ran = machine.run("services", "google-lro")
    assert ran.code == 0
    assert "only you know it: --base-url or ACCEPTED_GOOGLE_LRO_BASE_URL" in ran.out
    assert "it is sent again where a repetition changes nothing" in ran.out
    given = machine.with_variables(ACCEPTED_GOOGLE_LRO_BASE_URL="https://library.test/v1").run("services", "google-lro")
    assert "https://library.test/v1 (ACCEPTED_GOOGLE_LRO_BASE_URL)" in given.out


def test_doctor_goes_on_where_a_service_is_at_no_one_place(machine, library) -> None:
    ran = machine.run("doctor", "google-lro", "--json")
    assert [(line["check"], line["ok"]) for line in ran.documents] == [("journal", True), ("base URL", False)]
    there, _ = library()
    ran = there.run("doctor", "google-lro", "--json")
    assert (ran.code, {line["check"] for line in ran.documents if line["ok"]} >= {"credential", "read"}) == (0, True)


def test_simulate_knows_its_scenarios(machine) -> None:
    ran = machine.run("simulate", "google-lro", "--scenario", "help")
    assert ran.code == 0
    assert "bare-names" in ran.out
