"""What prose says of work: that it is begun and goes on, or something else that only sounds so."""

import pytest

from accepted.documents.phrases import answered_later, later

LATER = [
    "Triggers an immediate sync of the warehouse.",
    "Start the detection of faces in a video",
    "Dispatch vector embedding computation for semantic search.",
    "Queue historical ingestion for the channels.",
    "Queue a proxy restart for a server.",
    "Enqueues all library scans",
    'Starts the "Scan Mailbox" task once',
    "Starts the learn-classifier task",
    "Starts a new workflow given by its name.",
    "Retries the build, and answers with the new one.",
    "Start Screenshot Test",
    "Re-run the failed jobs of a batch",
    "Restart an invocation as a new one",
    "Creates a bulk record import job",
    "Create a background task",
    "Clears the index. A task is submitted that fills it again.",
    "Creates a check and queues it to collect what is known.",
    "Add the site to the backup queue",
    "Adds a new payroll job to the queue and answers with its number",
    "The response is immediately returned.",
    "Create a run and return the run ID immediately.",
    "Submits all these items for reprocessing.",
    "The endpoint will automatically start after its creation.",
    "This is step 1 of the 2 step evaluation.",
    "Async Request-Reply Pattern - Step 1/2",
    "An export job will be created from the request and put to queue to be executed.",
    "Track progress with the batch ID that is returned.",
    "This endpoint creates a job to delete an existing broker.",
    "The endpoint may respond with a background job.",
    "Upload the film, send it, then check the job status until it is complete.",
    "After that the files are matched. This is a long-running background operation.",
    "This action triggers a background operation that finds candidates.",
    "It takes a few minutes before the server has been removed from the network.",
    "The credentials have been changed and will eventually be synced.",
    "The server has your request and will start background processing.",
    "Small files are not processed asynchronously. Large ones are processed asynchronously.",
]
NOT_LATER = [
    "The task is created.",
    "Returns 409 if a task is started twice.",
    "Queue a song",
    "Trigger a test webhook",
    "Start a training course",
    "Initiate refresh of a token",
    "Start or stop a task",
    "Starts, stops or pauses the workflow",
    "Reactivate a job posting",
    "Create an export job template",
    "Billing will automatically start at the end of the trial.",
    "Step 1 of 2: the password.",
    "Returns the short URL immediately.",
    "Do not send an order for processing with this.",
    "It is sent at once: nothing is put into the processing queue.",
    "Sends at once; never queues it anywhere.",
    "The job is scheduled for the given date.",
    "Start watching this issue.",
    "Starts a timer for the job of a person.",
    "Start recording",
    "Initiate the upload of a file.",
    "Triggers an e-mail to the members of the scan team.",
    "Queue length and its limits",
    "Queues are listed by name",
    "Restart the conversation at an entry",
    "Restarts the device of a job",
    "Creates a job",
    "Creates a task for a person",
    "Add an item to the playlist queue",
    "Upload a file for processing",
    "Returns a new token and immediately invalidates the old one",
    "Start it. Then the scan of it can be read.",
    "Step 1 of 3: the name",
    "You cannot check the job status with this.",
    "Responds with a list of jobs.",
    "Helps a manager track progress.",
    "A task has a name. It is put on the list of a queue.",
    "Create or update a workflow task in the library.",
    "A request creates a template of jobs.",
    "This is a long list.",
    "The token is valid for ten minutes before it expires.",
    "The name will be shown.",
]


@pytest.mark.parametrize("text", LATER)
def test_prose_says_that_work_is_begun(text):
    assert later(text)


@pytest.mark.parametrize("text", NOT_LATER)
def test_prose_says_something_else(text):
    assert later(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Database restart request queued.", "queued"),
        ("Task successfully enqueued", "enqueued"),
        ("Invoice regeneration started", "regeneration started"),
        ("Bulk scan scheduled successfully", "scan scheduled"),
        ("The ingestion process was successfully started.", "ingestion process was successfully started"),
        ("All upgrade tasks were created", "upgrade tasks were created"),
        ("The alert is added to the queue", "added to the queue"),
        (
            "Accepted. Use the token in a request to track the status of the upload.",
            "Use the token in a request to track the status",
        ),
        ("Coupons creation in progress", "creation in progress"),
        ("The server that is in use", ""),
        ("A sale in progress", ""),
        ("Folder deletion initiated", "deletion initiated"),
        ("Successfully started the named workflow.", "Successfully started the named workflow"),
        ("Successfully started the recording.", ""),
        ("The message was not queued.", ""),
        ("Playback started", ""),
        ("Upload initiated", ""),
        ("The task was created.", ""),
        ("The scan was read.", ""),
        ("The note is kept; the scan is not started.", ""),
        ("No scans were started", ""),
        ("The import could not be started", ""),
        ("The note is no longer queued.", ""),
        ("The queued song was removed.", ""),
    ],
)
def test_an_answer_says_that_work_was_only_begun(text, expected):
    assert answered_later(text) == expected
