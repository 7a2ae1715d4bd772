"""The documents of the simulated Codex that show a whole task or an environment.

Members are those that the CLI reads (codex-rs/backend-client and codex-backend-openapi-models, seen by running it),
and those of `repos` and `repo_map` from a third-party catalogue of captured traffic.
"""

from __future__ import annotations

from typing import Any

from accepted.simulate import _codex_life as life
from accepted.simulate._codex_life import FINAL, Environment, Script, Task

Document = dict[str, Any]


def details(task: Task, script: Script, now: float) -> Document:
    """The answer to a poll. The display stands at the top in every second task, else inside `task`: both are legal."""
    inner = head(task, script, now)
    if "no-turn" in script.scenarios:
        return {"task": inner}
    answer: Document = {
        "task": inner,
        "current_user_turn": life.user_turn(task.turn),
        "current_assistant_turn": life.assistant_turn(task, task.turn, 0, script, now),
        "current_diff_task_turn": life.diff_turn(task, task.turn, script, now),
    }
    (answer if task.number % 2 else inner).update(_display(task, script, now))
    if "unknown-word" in script.scenarios:
        answer |= {"current_speculative_turn": {"id": None}, "priority": 3}
    return answer


def head(task: Task, script: Script, now: float) -> Document:
    """The `task` member."""
    return {
        "id": task.id,
        "title": task.title,
        "created_at": task.created,
        "updated_at": life.updated(task.turn, script, now),
        "environment_id": task.environment.id,
    }


def item(task: Task, script: Script, now: float) -> Document:
    """An element of the list. The CLI insists on id, title, archived and has_unread_turn."""
    is_over = life.shown_status(task.turn, script, now) in FINAL
    return {
        "id": task.id,
        "title": task.title,
        "created_at": task.created,
        "updated_at": life.updated(task.turn, script, now),
        "archived": task.archived,
        "has_unread_turn": is_over and task.turns_read < len(task.turns),
        "pull_requests": [_pull_request(task, turn_id) for turn_id in task.pull_requests],
        **_display(task, script, now),
    }


def _display(task: Task, script: Script, now: float) -> Document:
    """`task_status_display` as a member, or nothing."""
    if script.scenarios & {"no-display", "no-turn"}:
        return {}
    turn = task.turn
    latest: Document = {
        "turn_id": turn.ids[0],
        "turn_status": life.shown_status(turn, script, now),
        "sibling_turn_ids": turn.ids[1:],
    }
    if life.has_diff(turn, 0, script, now):
        latest["diff_stats"] = life.diff_stats(task, turn, script)
    display = {
        "environment_label": task.environment.label,
        "branch_name": task.branch,
        "latest_turn_status_display": latest,
    }
    return {"task_status_display": display}


def environment(place: Environment, task_count: int) -> Document:
    """An element of either list. That the elements of `repos` are the keys of `repo_map` is unverified."""
    repository = {
        "repository_full_name": place.repository,
        "clone_url": f"https://github.com/{place.repository}.git",
        "default_branch": "main",
    }
    return {
        "id": place.id,
        "label": place.label,
        "is_pinned": place.pinned,
        "task_count": task_count,
        "repos": [place.repo_id],
        "repo_map": {place.repo_id: repository},
    }


def _pull_request(task: Task, turn_id: str) -> Document:
    """`ExternalPullRequestResponse` of the CLI's source."""
    number = task.pull_requests.index(turn_id) + 1
    made = {
        "number": number,
        "url": f"https://github.com/{task.environment.repository}/pull/{number}",
        "state": "open",
        "merged": False,
        "mergeable": True,
        "title": task.title,
        "base": task.branch,
    }
    return {"id": f"{task.id}-pr-{number}", "assistant_turn_id": turn_id, "pull_request": made}
