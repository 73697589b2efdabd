"""
What schemathesis must not hold against the API: rules that an OpenAPI document can't say, each with the reason. All that is let
pass, and every call that is changed, is counted and printed at the end of the run: nothing is left out unseen.
"""

import atexit
import json
import os
import time
from collections import Counter

import requests
import schemathesis

# Faults of valid-looking requests: path of the field (its last part), code, and why the document doesn't say it.
RULES = [
    ("expires_at", "INVALID_TIME", "must lie ahead", "a time against the clock"),
    ("created_at", "INVALID_TIME", "must not lie in the future", "a time against the clock"),
    ("created_at", "INVALID_TIME", "must not lie before the year 2000", "a time with a bound"),
    (None, "INVALID_TIME", "must lie in the years 2000 to 9999", "a time with a bound"),
    ("until", "INVALID_TIME", None, "an end against a beginning and the clock"),
    ("to", "INVALID_PERIOD", None, "an end against a beginning"),
    (None, "INVALID_TIME", "must lie in the years 2000 to 2299", "a day with a bound"),
    ("date_of_birth", "OUT_OF_RANGE", None, "a date against the calendar"),
    ("min_version", "INVALID_VALUE", "can not stand beside at", "two parameters that exclude each other"),
    ("amount", "NOT_POSITIVE", "must be greater than 0 unless campaign_id is given", "two fields that hang together"),
    ("game_id", "REQUIRED", "is required", "required by the kind of a win"),
    ("round_id", "REQUIRED", None, "required by the kind of a win"),
    ("round_closed", "INVALID_VALUE", "must not be false for a win of 0", "two fields that hang together"),
    ("limits", "DUPLICATE", None, "unique by some of their fields"),
    ("cursor", "INVALID_FORMAT", "is not a next_cursor that you were given here", "a value that only the API can make"),
    ("until", "OUT_OF_RANGE", "must lie ahead, within 90 days", "a time against the clock"),
    ("severities", "INVALID_VALUE", None, "AML rules whose numbers hang together"),
    ("days", "INVALID_VALUE", "impossible: more days than the window has", "AML rules whose numbers hang together"),
    ("count_48h", "INVALID_VALUE", "impossible: fewer in 48 hours than in 24", "AML rules whose numbers hang together"),
    ("codes", "INVALID_VALUE", None, "countries in two bands at once"),
    ("days_before", "INVALID_VALUE", None, "AML rules whose numbers hang together"),
    ("time_zone", "UNKNOWN_TIME_ZONE", None, "a name of the time zone database"),
    ("rtp", "INVALID_VALUE", "must not exceed 1", "a decimal with a bound"),
    ("factors", "INVALID_VALUE", None, "unique within a list"),
    ("currencies", "NOT_UNIQUE", "holds an item twice", "unique within a list"),
    ("fees", "NOT_UNIQUE", "holds a code twice", "unique by some of their fields"),
    ("currencies", "INVALID_VALUE", "Invalid key in record", "names of fields, whose form its generator overlooks"),
    ("metadata", "TOO_BIG", None, "bytes of a whole object"),
    ("api_credentials", "TOO_BIG", "are more than 20", "what is sent and what was there before, together"),
    ("metadata", "OUT_OF_RANGE", None, "digits of a number in free JSON"),
]

NOT_REACHED = "min_version names a version that nobody has made: 503 with Retry-After is the answer"
NOT_YET_THERE = "a step on an id of the last minute that is no withdrawal: 503 with Retry-After is the answer"
NAMESAKE = "a name of a route stands where another route has an id: its methods are there, too, and Allow names them"
NAMESAKES = ("/wallet/batch", "/aml/alerts/bulk", "/aml/rules/validate", "/aml/rules/versions", "/games/providers")
PROVIDER_FAILED = "500 is what the caller gets where a game provider fails"
PROVIDER_CODES = ("GAME_PROVIDER_FAILED", "GAME_LAUNCH_FAILED")
ITEMS = "a batch answers 200, and what is wrong with one of its commands in that command's own result"
PASSING = "503 on a machine that was too busy for a moment: the same call, made again, was answered"
CALENDAR = "valid by the document, refused: an end against a beginning and the partner's calendar"
KEPT = "DELETE takes a partner out of service; its books and keys stay readable"

TOO_LONG_A_LINE = "431 refuses a request line over its limit, as 400 would one over a field's"

# Whose partner, keys and endpoints the rest of the tests live on: calls that name it go to the run's own partner.
PROTECTED = os.environ["CONTRACT_PROTECTED_PARTNER_ID"]
OWN = os.environ["CONTRACT_PARTNER_ID"]
TURNED = "named the partner of the other tests: sent to the run's own"

# Waiting is tried elsewhere; here it would only take time.
WAIT_MS_MAX = 200
SHORTENED = f"asked to wait: for {WAIT_MS_MAX} ms at the most"

# A game is everybody's: bets of other tests on a game that a call puts would wait for its provider.
OWN_GAME = "put a game: put under an id of the run's own"
GAME_PREFIX = "contract-"
GAME_ID_CHARS_MAX = 100

changed = Counter()
passed = Counter()


def rule_of(fault):
    for field, code, message, reason in RULES:
        names = [None, *fault["path"].split(".")]
        if field in names and fault["code"] == code and message in (None, fault["message"]):
            return reason
    return None


BUSY = ("SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN", "TOO_MANY_PENDING")
TRIES = 3


def is_answered_later(request):
    for _ in range(TRIES):
        time.sleep(1)
        if requests.Session().send(request, timeout=30).status_code < 500:
            return True
    return False


def reason_of(failure, case, response):
    name = type(failure).__name__
    if name == "UseAfterFree" and failure.free.startswith("DELETE /partners/") and failure.free.count("/") == 2:
        return KEPT
    if name in ("AllowHeaderMismatch", "UnsupportedMethodResponse") and case.operation.path in NAMESAKES:
        return NAMESAKE
    try:
        problem = json.loads(response.text)
    except ValueError:
        return None
    if not isinstance(problem, dict):
        return None
    if name == "ServerError" and problem.get("code") == "VERSION_NOT_REACHED":
        return NOT_REACHED
    if name == "ServerError" and problem.get("code") in PROVIDER_CODES:
        return PROVIDER_FAILED
    if name == "ServerError" and response.status_code == 503 and case.operation.path.startswith("/withdrawals/"):
        return NOT_YET_THERE
    if name == "ServerError" and problem.get("code") in BUSY and is_answered_later(response.request):
        return PASSING
    if name == "RejectedPositiveData" and problem.get("code") == "SETTLEMENT_PERIOD_INVALID":
        return CALENDAR
    if name == "RejectedPositiveData" and problem.get("status") == 400:
        reasons = [rule_of(fault) for fault in problem.get("errors", [])]
        if reasons and None not in reasons:
            return "valid by the document, refused: " + ", ".join(sorted(set(reasons)))
    if name == "AcceptedNegativeData" and case.operation.path == "/wallet/batch" and response.status_code == 200:
        return ITEMS if any("problem" in result for result in problem["results"]) else None
    if name == "AcceptedNegativeData" and problem.get("code") == "HEADERS_TOO_LARGE":
        return TOO_LONG_A_LINE
    return None


@schemathesis.hook
def filter_failure(context, failure, case, response):
    reason = reason_of(failure, case, response)
    if reason is not None:
        passed[reason] += 1
    return reason is None


def own_game(value):
    """A plain id under the run's own prefix. One that stands escaped in the path is no other test's, or not valid: it stays."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not set(value).isdisjoint(" %"):
        return value
    own = GAME_PREFIX + value
    return own if 0 < len(value) and len(own) <= GAME_ID_CHARS_MAX else value


def is_long_wait(value):
    return str(value).isdecimal() and WAIT_MS_MAX < int(value) <= 10_000


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.path_parameters or {}
    if path.get("partner_id") == PROTECTED:
        path["partner_id"] = OWN
        changed[TURNED] += 1
    game = path.get("game_id")
    if case.operation.path == "/games/{game_id}" and case.method.upper() == "PUT" and own_game(game) != game:
        path["game_id"] = own_game(game)
        changed[OWN_GAME] += 1
    query = case.query or {}
    if is_long_wait(query.get("wait_ms")):
        query["wait_ms"] = WAIT_MS_MAX
        changed[SHORTENED] += 1


def tell():
    for reason, count in sorted(changed.items()):
        print(f"changed {count} calls that {reason}")
    for reason, count in sorted(passed.items()):
        print(f"let pass {count} times: {reason}")


atexit.register(tell)
