"""From a declared step to the request that leaves, and from a page to the next one."""

import json
from dataclasses import replace

import pytest

from accepted.core.build import id_parts, next_cursor, request_for, set_cookies, variables, with_query
from accepted.core.codec import WrongShape
from accepted.core.contract import Ask, Keyed, LinkNext, NextToken, NextUrl, PageNumber, Step
from accepted.core.read import Answer
from accepted.core.task import Doing, Private, Task
from accepted.core.wire import Upload, header
from accepted.errors import BadRequest

BASE = "https://toy.test/api"


@pytest.fixture
def built(toys):
    """The request of a step of a contract, for a task with these facts."""

    def make(step, contract=None, **facts):
        task = Task(**{"service": "bare", "id": "t1", "base_url": BASE, "marker": "m-1", **facts})
        return request_for(contract or toys["bare"], step, Ask(inputs=None, task=task))

    return make


def get(path, **more):
    return Step(name="get", method="GET", path=path, **more)


@pytest.mark.parametrize(
    ("path", "task_id", "url"),
    [
        ("/tasks/{id}", "t1", "/tasks/t1"),
        ("/tasks/{id}:cancel", "t1", "/tasks/t1:cancel"),
        ("/tasks/{id}", "a/b", "/tasks/a%2Fb"),
        ("/tasks/{+id}", "a/b", "/tasks/a/b"),  # a full resource name stands as it is
        ("/tasks/{+id}", "a?b#c d%", "/tasks/a%3Fb%23c%20d%25"),  # but ends no path
        ("/tasks/{id}", "a?b#c d%e&f", "/tasks/a%3Fb%23c%20d%25e%26f"),
        ("/tasks/{id}", "ü€", "/tasks/%C3%BC%E2%82%AC"),
        ("/tasks/{id}", "...", "/tasks/..."),
        ("/tasks/{id}", "%2e%2e", "/tasks/%252e%252e"),
        ("/tasks/{id}/{id}", "x", "/tasks/x/x"),
        ("/tasks?id={id}", "a&b=c", "/tasks?id=a%26b%3Dc"),
    ],
)
def test_paths(built, path, task_id, url):
    assert built(get(path), id=task_id).url == BASE + url


@pytest.mark.parametrize("task_id", [".", ".."])
@pytest.mark.parametrize("path", ["/tasks/{id}", "/tasks/{+id}"])
def test_a_dot_segment_is_no_id(built, path, task_id):
    with pytest.raises(BadRequest, match="cannot be part of a path"):
        built(get(path), id=task_id)


@pytest.mark.parametrize("task_id", ["../admin", "a/../../admin", "a/./b"])
def test_a_verbatim_id_cannot_climb_out_of_its_path(built, task_id):
    with pytest.raises(BadRequest, match="cannot be part of a path"):
        built(get("/tasks/{+id}"), id=task_id)


def test_what_nothing_yielded_is_named(built):
    with pytest.raises(BadRequest, match=r"'upload'.*/uploads/\{upload\}"):
        built(get("/uploads/{upload}"))


@pytest.mark.parametrize("base_url", [BASE, BASE + "/"])
def test_a_slash_at_the_end_of_the_base_url_makes_no_difference(built, base_url):
    assert built(get("/tasks"), base_url=base_url).url == "https://toy.test/api/tasks"


def test_a_path_may_be_at_another_place(built):
    assert built(get("https://files.test/{id}")).url == "https://files.test/t1"


@pytest.mark.parametrize(
    ("template", "task_id", "parts"),
    [
        ("{id}", "a/b:c", {}),
        ("{owner}/{repo}/{run}", "acme/widget/7", {"owner": "acme", "repo": "widget", "run": "7"}),
        ("projects/{project}/tasks/{task}", "projects/p/tasks/t.1", {"project": "p", "task": "t.1"}),
        ("{a}-{b}", "x-y-z", {"a": "x", "b": "y-z"}),
        ("{+place}", "/a/b?c#d", {"place": "/a/b?c#d"}),
        ("{+scope}/tasks/{task}", "a/b/tasks/1", {"scope": "a/b", "task": "1"}),
    ],
)
def test_an_id_carries_its_scope(template, task_id, parts):
    assert id_parts(template, task_id) == {"id": task_id, **parts}


@pytest.mark.parametrize("task_id", ["acme/widget", "acme/widget/7/8", "acme//7", "", "/acme/widget/7"])
def test_an_id_of_another_form(task_id):
    with pytest.raises(BadRequest, match=r"\{owner\}/\{repo\}/\{run\}"):
        id_parts("{owner}/{repo}/{run}", task_id)


def test_scope_and_yields_and_inputs_are_known_to_paths(toys):
    contract = replace(toys["bare"], id_template="{owner}/{run}")
    task = Task(
        service="bare",
        id="acme/7",
        base_url=BASE,
        key="k",
        marker="m-1",
        doing=Doing(yields={"upload": "u"}),
        private=Private(yields={"monitor": "https://toy.test/m"}),
    )
    ask = Ask(inputs=toys["bare"].inputs(prompt="p", size=3), task=task)
    known = {"owner": "acme", "run": "7", "id": "acme/7", "upload": "u", "monitor": "https://toy.test/m"}
    assert variables(contract, ask) == {**known, "prompt": "p", "size": "3", "name": "k"}


@pytest.mark.parametrize(
    ("monitor", "url"),
    [
        ("https://else.test/m?sig=%2F", "https://else.test/m?sig=%2F"),
        ("/m?sig=1", "https://toy.test/m?sig=1"),
        ("m/2", "https://toy.test/api/m/2"),
        ("file:///etc/passwd", "file:///etc/passwd"),  # for `wire.why_refused` to refuse
        ("evil.test:x/", "evil.test:x/"),  # never glued to the host of the base URL
    ],
)
def test_a_url_that_a_service_named_is_asked_as_it_stands(built, monitor, url):
    assert built(get("{+monitor}"), private=Private(yields={"monitor": monitor})).url == url


# ---- query and paging


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ({}, "https://a.test/x"),
        ({"a": None}, "https://a.test/x"),
        ({"a": 1, "b": True, "c": "x y&z/ü"}, "https://a.test/x?a=1&b=true&c=x%20y%26z%2F%C3%BC"),
        ({"a": ""}, "https://a.test/x?a="),
        ({"a": 0, "b": False}, "https://a.test/x?a=0&b=false"),
    ],
)
def test_query(query, url):
    assert with_query("https://a.test/x", query) == url


def test_a_query_is_added_to_the_one_that_is_there():
    assert with_query("https://a.test/x?a=1#f", {"b": 2}) == "https://a.test/x?a=1&b=2#f"


SIZE = ("limit", 2)


@pytest.mark.parametrize(
    ("pages", "cursor", "url"),
    [
        (None, None, "/tasks?limit=2"),
        (NextToken("token", "/next"), None, "/tasks?limit=2"),
        (NextToken("token", "/next"), "a=b", "/tasks?limit=2&token=a%3Db"),
        (PageNumber("page"), None, "/tasks?limit=2&page=1"),
        (PageNumber("page", first=0), None, "/tasks?limit=2&page=0"),
        (PageNumber("page"), "3", "/tasks?limit=2&page=3"),
        (LinkNext(), None, "/tasks?limit=2"),
        (LinkNext(), "https://toy.test/api/tasks?p=2", "/tasks?p=2"),
        (NextUrl("/next"), "/api/tasks?p=2", "/tasks?p=2"),
        (NextUrl("/next"), "?p=2", "/tasks?p=2"),
    ],
)
def test_how_a_page_is_asked_for(built, pages, cursor, url):
    request = built(get("/tasks", pages=pages, page_size=SIZE), doing=Doing(cursor=cursor))
    assert request.url == BASE + url


LINKS = '<https://a.test/x?p=1>; rel="prev", <https://a.test/x?p=3>; rel="next"; title="a, b"'


@pytest.mark.parametrize(
    ("pages", "body", "link", "items", "cursor"),
    [
        (None, {"next": "p2"}, None, 2, None),
        (NextToken("token", "/next"), {"next": "p2"}, None, 0, "p2"),
        (NextToken("token", "/page/next"), {"page": {"next": 7}}, None, 0, "7"),
        (NextToken("token", "/next"), {"next": ""}, None, 2, None),
        (NextToken("token", "/next"), {"next": None}, None, 2, None),
        (NextToken("token", "/next"), {}, None, 2, None),
        (NextToken("token", "/next"), [], None, 2, None),
        (NextUrl("/links/next"), {"links": {"next": "/x?p=2"}}, None, 2, "/x?p=2"),
        (PageNumber("page"), {}, None, 2, "2"),
        (PageNumber("page"), {}, None, 1, None),  # fewer than asked for: the last
        (PageNumber("page"), {}, None, 0, None),
        (LinkNext(), {}, LINKS, 2, "https://a.test/x?p=3"),
        (LinkNext(), {}, "<https://a.test/x?p=3>; rel=next", 2, "https://a.test/x?p=3"),
        (LinkNext(), {}, '</x?a=1,2>;rel="next"', 2, "/x?a=1,2"),
        (LinkNext(), {}, '<https://a.test/x?p=1>; rel="last next"', 2, "https://a.test/x?p=1"),
        (LinkNext(), {}, '<https://a.test/x?p=1>; rel="prev"', 2, None),
        (LinkNext(), {}, '<https://a.test/x>; rel="nextish"', 2, None),
        (LinkNext(), {}, None, 2, None),
    ],
)
def test_which_page_is_next(pages, body, link, items, cursor):
    step = get("/tasks", pages=pages, page_size=SIZE)
    headers = (("Link", link),) if link else ()
    answer = Answer(headers=headers, raw=json.dumps(body).encode())
    assert next_cursor(step, Task(service="bare"), answer, items) == cursor


def test_pages_without_a_size_end_at_an_empty_one():
    step, task = get("/tasks", pages=PageNumber("page")), Task(service="bare", doing=Doing(page=4))
    assert next_cursor(step, task, Answer(), 1) == "6"
    assert next_cursor(step, task, Answer(), 0) is None


def test_an_empty_body_has_no_next_page():
    assert next_cursor(get("/x", pages=NextToken("t", "/next")), Task(service="bare"), Answer(), 0) is None


def test_a_page_that_is_no_json():
    with pytest.raises(WrongShape):
        next_cursor(get("/x", pages=NextToken("t", "/next")), Task(service="bare"), Answer(raw=b"<html>"), 0)


# ---- fields and bodies


def value_of(value):
    return lambda _: value


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        (None, b"", None),
        (value_of(None), b"", None),
        (value_of({"a": [1, "ü"]}), '{"a":[1,"ü"]}'.encode(), "application/json"),
        (value_of({}), b"{}", "application/json"),
        (value_of(b"raw"), b"raw", None),
        (value_of(Upload("/tmp/x.csv", "text/csv")), Upload("/tmp/x.csv", "text/csv"), "text/csv"),
    ],
)
def test_bodies(built, body, sent, kind):
    request = built(Step(name="post", method="POST", path="/x", body=body))
    assert (request.body, header(request.headers, "content-type")) == (sent, kind)


@pytest.mark.parametrize(("streamed", "accept"), [(False, "application/json"), (True, "*/*")])
def test_accept(built, streamed, accept):
    assert header(built(get("/x", streamed=streamed)).headers, "accept") == accept


def test_a_step_declares_fields_of_its_own(built):
    step = get("/x", headers=value_of({"accept": "text/plain", "x-mode": "fast"}))
    assert built(step).headers == (("accept", "text/plain"), ("x-mode", "fast"))


@pytest.mark.parametrize(
    ("safe", "repeat", "key", "sent"),
    [
        (Keyed(), "keyed", "k", {"Idempotency-Key": "k"}),
        (Keyed("X-Once"), "keyed", None, {"X-Once": "m-1"}),
        (Keyed(), "safe", "k", {}),
        (None, "once", "k", {}),
    ],
)
def test_the_key_travels_with_the_step_that_commits(built, toys, *, safe, repeat, key, sent):
    contract = replace(toys["keyed"], safe=safe, create=replace_repeat(toys["keyed"], safe))
    step = Step(name="post", method="POST", path="/x", repeat=repeat)
    fields = dict(built(step, contract, key=key).headers)
    assert {name: value for name, value in fields.items() if name != "accept"} == sent


def replace_repeat(contract, safe):
    return tuple(replace(step, repeat="keyed" if safe else "once") for step in contract.create)


@pytest.mark.parametrize(
    ("operation", "conditional"), [("poll", True), ("result", False), ("cancel", False), ("list", False)]
)
def test_the_etag_makes_polls_conditional_and_nothing_else(built, toys, operation, conditional):
    request = built(
        get("/x"), toys["absolute"], private=Private(etags={"get": '"1"'}), doing=Doing(operation=operation)
    )
    assert (header(request.headers, "if-none-match") == '"1"') == conditional


def test_a_contract_without_etags_and_cookies_sends_none(built):
    private = Private(etags={"get": '"1"'}, cookies={"a": "b"})
    assert built(get("/x"), private=private, doing=Doing(operation="poll")).headers == (("accept", "application/json"),)


def test_cookies_travel_together(built, toys):
    request = built(get("/x"), toys["absolute"], private=Private(cookies={"a": "1", "b": "2"}))
    assert header(request.headers, "cookie") == "a=1; b=2"


@pytest.mark.parametrize(
    ("fields", "known", "kept"),
    [
        ((), {"a": "1"}, {"a": "1"}),
        ((("Set-Cookie", "b=2; Path=/; HttpOnly"),), {"a": "1"}, {"a": "1", "b": "2"}),
        ((("set-cookie", "a=9"), ("Set-Cookie", "b=x=y")), {"a": "1"}, {"a": "9", "b": "x=y"}),
        ((("Set-Cookie", " a = 2 "),), {}, {"a": "2"}),
        ((("Set-Cookie", "a=; Path=/"),), {"a": "1", "b": "2"}, {"b": "2"}),  # taken back
        ((("Set-Cookie", "a=2; max-age=0"),), {"a": "1"}, {}),
        ((("Set-Cookie", "a=2; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),), {}, {"a": "2"}),
        ((("Set-Cookie", "a=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),), {"a": "1"}, {}),
        ((("Set-Cookie", "a=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT"),), {}, {"a": "2"}),
        ((("Set-Cookie", "a=2; Expires=soon"),), {}, {"a": "2"}),
    ],
)
def test_cookies_are_kept_by_name(fields, known, kept):
    assert set_cookies(fields, known, 1_800_000_000.0) == kept
