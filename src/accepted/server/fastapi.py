"""The operations of a TaskAPI as routes of a FastAPI app: in its OpenAPI document, behind its own authentication.

What may live here: what FastAPI wants to know about routes. Every request is answered by `face`, as without FastAPI.
The one module that imports fastapi; it comes with the app, not with us.
"""

# No `from __future__ import annotations`: FastAPI looks up the names in annotations, and some are local.

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from fastapi import APIRouter, Depends, Request, Response

from accepted.asgi import Receive, Scope, Send, place
from accepted.core import wire
from accepted.core.codec import at
from accepted.server.app import TaskAPI
from accepted.server.face import Face
from accepted.server.tasks import Tasks

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OPERATIONS = ("get", "post", "delete")
_SERVICE = "Service"
"""The tag of what an app has of its own: its document and what looks after it."""


def router(
    api: TaskAPI, *, dependencies: Sequence[Any] = (), tenant: Callable[..., Any] | None = None, **options: Any
) -> APIRouter:
    """The operations of an API, for `app.include_router`. Every type has to be declared before.

    Args:
        dependencies: of every operation, as FastAPI takes them: `[Depends(signed_in)]`.
        tenant: a dependency that gives the tenant as a text, refuses, or asks for whatever dependencies may ask for.
            Without it all callers share the tenant "".
        options: what else `APIRouter` takes.

    What executes starts and stops with the app. Links are those below the app's own prefix and mount.

    Example:
        `app.include_router(router(api, dependencies=[Depends(signed_in)], tenant=tenant_of), prefix="/v1")`
    """
    made = APIRouter(prefix=api.base_path, dependencies=dependencies, lifespan=_living(api), **options)
    document = api.document()
    for path, item in document["paths"].items():
        told = {method: item[method] for method in _OPERATIONS if method in item}
        if all(_SERVICE in operation["tags"] for operation in told.values()):
            continue
        route = _Route(api, path)
        for method, operation in told.items():
            shared = item.get("parameters", ())
            _add(made, route, (method.upper(),), _endpoint(route, tenant), _whole(document, operation, shared))
        others = tuple(method for method in _METHODS if method.lower() not in told)
        _add(made, route, others, _endpoint(route, tenant), None)
    return made


def _add(
    made: APIRouter, route: "_Route", methods: tuple[str, ...], endpoint: Callable[..., Any], told: Any | None
) -> None:
    """A route; `told` None: one that the document does not mention, so that it is refused as everywhere else."""
    whole: dict[str, Any] = told or {}
    made.add_api_route(
        route.path,
        endpoint,
        methods=list(methods),
        include_in_schema=told is not None,
        response_class=Response,
        response_model=None,
        status_code=min((int(code) for code in whole.get("responses", ())), default=200),
        operation_id=whole.get("operationId"),
        summary=whole.get("summary"),
        description=whole.get("description"),
        tags=whole.get("tags"),
        openapi_extra={name: whole[name] for name in whole if name not in _TOLD_OTHERWISE},
    )


_TOLD_OTHERWISE = frozenset({"operationId", "summary", "description", "tags"})


def _living(api: TaskAPI) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncGenerator[None]:
        api.start()
        try:
            yield
        finally:
            await api.stop()

    return lifespan


# ---- answering

_whose: ContextVar[str] = ContextVar("accepted_tenant")
"""The tenant of the request that is being answered."""


@dataclass(frozen=True, slots=True)
class _Route:
    """A path of an API, as a template."""

    api: TaskAPI
    path: str


@lru_cache(maxsize=16)
def _face(api: TaskAPI, tasks: Tasks) -> Face:
    """What answers for these tasks, whoever the app says that the caller is."""
    return Face(
        api.title,
        tasks,
        base_path=api.base_path,
        authenticate=_said,
        rate=api.rate,
        files=api.files,
        openapi=None,
        max_body=api.max_body,
    )


def _said(_request: wire.Request) -> str:
    return _whose.get()


class _Answer(Response):
    """An answer that the face makes while it is sent."""

    def __init__(self, route: _Route, tenant: str) -> None:
        super().__init__()
        self._route = route
        self._tenant = tenant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = self._route.api
        if not api.tasks.draining:  # an app that sends no lifespan events
            api.start()
        _whose.set(self._tenant)
        await _face(api, api.tasks)(self._placed(scope), receive, send)

    def _placed(self, scope: Scope) -> Scope:
        """The scope as the face knows it: mounted where the app has put the router."""
        own = (self._route.api.base_path + self._route.path).format_map(scope["path_params"])
        root, path = place(scope)
        above = root + path.removesuffix(own)
        return {**scope, "root_path": above, "path": above + own}


def _endpoint(route: _Route, tenant: Callable[..., Any] | None) -> Callable[..., Any]:
    async def anybody(_request: Request) -> Response:
        return _Answer(route, "")

    async def somebody(_request: Request, whose: Any = Depends(tenant)) -> Response:  # noqa: B008  # so FastAPI has it
        if not isinstance(whose, str):
            raise TypeError(f"the dependency tenant= gives a text, not {type(whose).__name__}")
        return _Answer(route, whose)

    return anybody if tenant is None else somebody


# ---- the document


def _whole(document: Mapping[str, Any], operation: Mapping[str, Any], shared: Iterable[Any]) -> dict[str, Any]:
    """An operation with nothing that it only refers to: the components of the app's document are the app's."""
    parameters = [*shared, *operation.get("parameters", ())]
    return cast("dict[str, Any]", _inlined({**operation, "parameters": parameters}, document, ()))


def _inlined(value: Any, document: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    match value:
        case {"$ref": str(target)} if target.startswith("#/components/"):
            # What refers to itself has no end; from there on anything is said to be possible.
            return {} if target in within else _inlined(at(document, target[1:]), document, (*within, target))
        case dict():
            plain = cast("dict[str, Any]", value)
            kept = {key: one for key, one in plain.items() if not _is_mapping(key, one)}
            return {key: _inlined(_told(key, one), document, within) for key, one in kept.items()}
        case list():
            return [_inlined(one, document, within) for one in cast("list[Any]", value)]
        case _:
            return value


def _is_mapping(key: str, value: Any) -> bool:
    """A discriminator: its targets are names of components, and what it says the schemas say too."""
    return key == "discriminator" and isinstance(value, dict) and "propertyName" in value


def _told(key: str, value: Any) -> Any:
    """Of several examples those that FastAPI shows as they are: it leaves out whatever is null in them."""
    if key != "examples" or not isinstance(value, dict):
        return value
    return {name: one for name, one in cast("dict[str, Any]", value).items() if not _has_null(one)}


def _has_null(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_has_null, cast("dict[str, Any]", value).values()))
        case list():
            return any(map(_has_null, cast("list[Any]", value)))
        case _:
            return value is None
