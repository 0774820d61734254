"""Asks the LED eligibility service about one person. Needs Python 3.9 or later, and no packages.

    echo 90610100155 | URL=http://localhost:8080 HANDLER=u-4711 python3 eligibility_client.py

HANDLER is the id of the case handler who asks, TOKEN an access token. Into the folder KEEP, if it is set, it writes the
answer and its receipt.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

ATTEMPTS = 3
# The service answers within its LED_TIMEOUT_MS (by default 10 s) plus one second.
TIMEOUT_SECONDS = 12
# A longer wait is not worth it while a case handler waits.
LONGEST_WAIT = 10


def assess(url, request, token=None, language="nl"):
    """Asks about one person. `url` is the whole address before `/eligibility`.

    `token` is a function that returns an access token, called with True when the service rejected the last one.
    Raises OSError when there is no answer (network error, timeout). Any answer is returned as one of:

    - `{"status": 200, "decision": …, "body": bytes, "receipt": text or None}`: keep body and receipt with the
      file, and the body nowhere else. `receipt` is None if the installation makes no receipts.
    - `{"status": …, "problem": …}`: `problem` is empty where a gateway answered in another form, such as HTML.

    On 429, 503 and 504 it waits as long as Retry-After says (5 s where it does not, 10 s at most) and asks again, three
    times in all. On 401 it renews the token once.
    """
    renewed = False
    attempt = 1
    while True:
        headers = {"Content-Type": "application/json", "Accept-Language": language}
        if token:
            headers["Authorization"] = "Bearer " + token(renewed)
        status, answer_headers, body = _send(url + "/eligibility", headers, json.dumps(_without_none(request)).encode())
        value = _object_in(body)
        if status == 200 and value is not None:
            return {"status": 200, "decision": value, "body": body, "receipt": answer_headers.get("Decision-Receipt")}
        pause = _pause(status, answer_headers.get("Retry-After"))
        if pause is not None and attempt < ATTEMPTS:
            time.sleep(pause)
            attempt += 1
        elif status == 401 and token and not renewed:
            renewed = True
        else:
            return {"status": status, "problem": {} if status == 200 else value or {}}


def next_step(answer):
    """Says what a case management system does next with this answer."""
    if "problem" in answer:
        status, problem = answer["status"], answer["problem"]
        if status == 400:
            issues = problem.get("issues", [])
            return "correct " + ", ".join(f"{issue['name']} ({issue['detail']})" for issue in issues)
        if status in (401, 403):
            return f"have access granted: {problem.get('detail')}"
        if status in (429, 503, 504):
            return "ask again later; nothing is known about the diplomas"
        if problem.get("type") == "urn:problem-type:zorg:ledRegistrationMissing":
            return "register the file of the person with MAGDA, then ask again"
        what = problem.get("instance", f"status {status}")
        return f"report {what} ({problem.get('type', 'of a gateway')}); nothing is known about the diplomas"
    decision = answer["decision"]
    rule_set = decision["ruleSet"]
    recorded = f"record decision {decision['decisionId']} by {rule_set['id']} {rule_set['version']}"
    outcome = decision["outcome"]
    if outcome == "eligible":
        return recorded
    if outcome == "manualReview":
        return f"{recorded}, and show {len(decision['diplomas'])} diplomas to a case handler"
    if outcome == "notDemonstrated":
        # Never refuse an application because of this outcome: LED is not complete.
        return f"{recorded}, and ask the applicant: " + ", ".join(step["code"] for step in decision["followUp"])
    return "an outcome that this program does not know: show it to a case handler"


def _send(url, headers, body):
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def _without_none(value):
    """Sends no member that is null: an absent member means the same."""
    if not isinstance(value, dict):
        return value
    return {name: _without_none(member) for name, member in value.items() if member is not None}


def _object_in(body):
    """The JSON object in these bytes, or None if they hold another thing, such as a page of a gateway."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _pause(status, retry_after):
    """How many seconds to wait before another attempt, or None where another attempt does not help, or not soon."""
    if status not in (429, 503, 504):
        return None
    seconds = 5 if retry_after is None else int(retry_after) if retry_after.isdecimal() else None
    return seconds if seconds is not None and seconds <= LONGEST_WAIT else None


if __name__ == "__main__":
    given = os.environ.get("TOKEN")
    handler = os.environ.get("HANDLER")
    if not handler:
        sys.exit("set HANDLER to the id of the case handler who asks, such as HANDLER=u-4711")
    asked = {"insz": sys.stdin.read().strip(), "caseHandler": {"id": handler}}
    url = os.environ.get("URL", "http://localhost:8080")
    answer = assess(url, asked, (lambda renew: given) if given else None)
    folder = os.environ.get("KEEP")
    if folder and answer.get("receipt"):
        # The answer holds personal data.
        os.umask(0o077)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "body.json"), "wb") as file:
            file.write(answer["body"])
        with open(os.path.join(folder, "receipt.txt"), "w", encoding="ascii") as file:
            file.write(answer["receipt"])
    print(next_step(answer))
