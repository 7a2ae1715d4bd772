"""The clients of one command: one for each service and place, all over one journal."""

from __future__ import annotations

import argparse
import logging
import os
import ssl
from pathlib import Path
from typing import Any, Self

from accepted import services
from accepted.cli._command import begin
from accepted.cli._inputs import contract_of
from accepted.cli.services import base_url
from accepted.client import Client
from accepted.core.contract import Contract
from accepted.core.events import Forget, Save
from accepted.core.task import Task, split_ref
from accepted.core.verbs import Claim, Recall
from accepted.drivers.journal import Journal, NoJournal
from accepted.errors import AuthenticationFailed, BadRequest, JournalFailed


class Noted(Journal):
    """The journal, noting in `refs` the tasks that this command has under way: what Ctrl-C has to name."""

    def __init__(self, refs: dict[str, None]) -> None:
        super().__init__()
        self._refs = refs

    def perform(self, wish: Save | Forget | Claim | Recall) -> Task[Any] | None:
        """As `Journal.perform`; a create is under way from the moment at which it is saved."""
        match wish:
            case Save(task=task) | Forget(task=task):
                self._refs.pop(f"{task.service}:@{task.marker}", None)
            case _:
                pass
        if isinstance(wish, Save) and not wish.task.status.final:
            self._refs[wish.task.ref] = None  # before it is written: what is written may already be on its way
        return super().perform(wish)


class Clients:
    """Clients as the options of a command say; use it as a context manager."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._made: dict[tuple[str, str | None], Client[..., Any]] = {}
        self.journal = NoJournal() if options.no_journal else Noted(options.underway)
        if options.verbose:
            _log_to_stderr()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._made.values():
            client.close()
        self.journal.close()

    def of(self, service: str, place: str | None = None) -> Client[..., Any]:
        """The client of a service, at its usual place or another one."""
        place = place or getattr(self._options, "base_url", None)
        if (service, place) not in self._made:
            self._made[service, place] = self._client(service, place)
            begin()
        return self._made[service, place]

    def locate(self, ref: str) -> tuple[Client[..., Any], Task[Any] | str]:
        """The client for a ref, and the task. The journal knows at which place it was created.

        Raises:
            BadRequest: it is no ref; the nearest service name is offered.
        """
        options = self._options
        service = options.service or _service_of(ref)
        contract = contract_of(service)
        rest = split_ref(ref)[1] if split_ref(ref)[0] == contract.name else ref
        known = None if options.base_url else self._known(contract, rest)
        if known is None:
            return self.of(service), ref
        return self.of(service, known.base_url), known

    def _known(self, contract: Contract[..., Any], rest: str) -> Task[Any] | None:
        try:
            return self.journal.find(contract.name, rest, contract.root(base_url(contract).rstrip("/")))
        except JournalFailed:
            return None  # what needs the journal will say so itself

    def _client(self, service: str, place: str | None) -> Client[..., Any]:
        options = self._options
        client: Client[..., Any] = Client(
            contract_of(service),
            base_url=place,
            auth=_credential(service, getattr(options, "token_env", None)),
            journal=self.journal,
            request_timeout=options.request_timeout,
            **network(options),
        )
        return client


def _service_of(ref: str) -> str:
    service, name = split_ref(ref)
    if not service or not name:
        raise BadRequest(f"{ref!r} is no ref: write service:id, or name the service with --service")
    services.find(service)
    return service


def _credential(service: str, variable: str | None) -> str | None:
    if variable is None:
        return None
    secret = os.environ.get(variable)
    if not secret:
        raise AuthenticationFailed(f"the variable {variable} (--token-env) is not set", service=service)
    return secret


def network(options: argparse.Namespace) -> dict[str, Any]:
    """How the network is reached, as the options say."""
    return {"proxy": _proxy(options.proxy), "verify": _certificates(options.ca_file)}


def _proxy(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise BadRequest(f"--proxy {url!r}: it begins with http:// or https://")
    return url


def _certificates(file: str | None) -> Any:
    """What vouches for certificates. A file is read here, so that a bad one is named before anything is sent."""
    if file is None:
        return True
    if not Path(file).is_file():
        raise BadRequest(f"--ca-file {file}: no such file")
    try:
        return ssl.create_default_context(cafile=file)
    except (ssl.SSLError, OSError) as error:
        raise BadRequest(f"--ca-file {file}: {error}") from None


def _log_to_stderr() -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("accepted").setLevel(logging.DEBUG)
