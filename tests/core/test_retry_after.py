import pytest

from accepted.core.retry_after import LONGEST, bounded, retry_after

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT
EIGHT = "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("+5", 5.0),
        ("0.25", 0.25),  # not standard, and unmistakable
        ("1e2", 100.0),
        ("-5", 0.0),
        ("-0.0", 0.0),
        ("3600", 3600.0),
        ("3601", LONGEST),
        ("99999999999999999999", LONGEST),
        ("inf", LONGEST),
        ("-inf", 0.0),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("5 seconds", None),
        ("5, 10", None),
        ("1_000", LONGEST * 1000 / 3600),  # Python's own spelling of a number is harmless
        ("Fri, 15 Jan 2027 08:00:40 GMT", 40.0),
        ("Fri, 15 Jan 2027 09:00:40 +0100", 40.0),
        ("Fri, 15 Jan 2027 08:00:40", 40.0),  # without a zone it is GMT
        ("Friday, 15-Jan-27 08:00:40 GMT", 40.0),  # RFC 850: two digits of the year
        ("Fri Jan 15 08:00:40 2027", 40.0),  # asctime
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),  # past
        ("Tue, 15 Jan 2097 08:00:00 GMT", LONGEST),  # absurd
        ("Fri, 99 Jan 2027 08:00:00 GMT", None),
        ("Fri, 15 Jan 99999 08:00:00 GMT", None),
        ("2027-01-15T08:00:40Z", None),  # ISO 8601 is not a HTTP-date
    ],
)
def test_seconds_or_a_date(text, seconds):
    assert retry_after((("Retry-After", text),), NOW) == seconds


def test_no_field_is_no_wish():
    assert retry_after((("Date", EIGHT),), NOW) is None


@pytest.mark.parametrize(
    ("ours", "their_date", "seconds"),
    [
        (NOW, EIGHT, 40.0),
        (NOW + 7200, EIGHT, 40.0),  # our clock is ahead: the two dates of the answer agree with each other
        (NOW - 7200, EIGHT, 40.0),
        (NOW, "no date", 40.0),  # then ours has to do
        (NOW + 30, None, 10.0),
    ],
)
def test_a_date_counts_from_the_answers_own_date(ours, their_date, seconds):
    fields = [("retry-after", "Fri, 15 Jan 2027 08:00:40 GMT")]
    if their_date:
        fields.append(("DATE", their_date))
    assert retry_after(tuple(fields), ours) == seconds


def test_the_first_of_several_fields_counts():
    assert retry_after((("Retry-After", "7"), ("Retry-After", "9")), NOW) == 7.0


@pytest.mark.parametrize(("wish", "granted"), [(-1.0, 0.0), (0.0, 0.0), (9.5, 9.5), (1e300, LONGEST)])
def test_bounded(wish, granted):
    assert bounded(wish) == granted
