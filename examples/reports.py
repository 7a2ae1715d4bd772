from accepted.server import Progress, TaskAPI

api = TaskAPI("Reports")


@api.task(path="/reports", retry_after=1)
def render(name: str, pages: int = 1, *, progress: Progress) -> dict[str, int]:
    """Render a report."""
    for page in range(1, pages + 1):
        progress(page, pages, f"page {page}")
    progress.artifact("report.md", f"# {name}\n" + "A page.\n" * pages)
    return {"pages": pages}
