"""Does what Clients.java does, with the client of openapi-python-client."""

import sys

from openapi_python_client_client import Client
from openapi_python_client_client.api.eligibility import assess_eligibility
from openapi_python_client_client.models import Decision, EligibilityRequest, EligibilityRequestCaseHandler

for line in sys.stdin:
    url, insz = line.split()
    handler = EligibilityRequestCaseHandler(id="handler-17", role=None)
    request = EligibilityRequest(
        insz=insz, case_handler=handler, case_reference=None, rule_set=None, reference_date=None
    )
    try:
        answer = assess_eligibility.sync(client=Client(base_url=url), body=request, accept_language="en")
        if isinstance(answer, Decision):
            codes = [reason.code for reason in answer.reasons]
            print(200, answer.outcome.value, *codes, len(answer.diplomas))
        else:
            issues = [f"{issue.in_}:{issue.name}:{issue.type_}" for issue in answer.issues or []]
            print(answer.status, answer.type_, *issues)
    except Exception as failure:
        print("cannot read:", repr(failure))
