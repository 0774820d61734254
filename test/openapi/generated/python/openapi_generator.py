"""Does what Clients.java does, with the Python client of openapi-generator."""

import sys

import openapi_generator_client as generated

for line in sys.stdin:
    url, insz = line.split()
    api = generated.EligibilityApi(generated.ApiClient(generated.Configuration(host=url)))
    handler = generated.CaseHandler(id="handler-17", role=None)
    request = generated.EligibilityRequest(
        insz=insz, caseHandler=handler, caseReference=None, ruleSet=None, referenceDate=None
    )
    try:
        decision = api.assess_eligibility(request, accept_language="en")
        codes = [reason.code for reason in decision.reasons]
        print(200, decision.outcome.value, *codes, len(decision.diplomas))
    except generated.ApiException as failure:
        problem = failure.data or generated.Problem.from_json(failure.body)
        issues = [f"{issue.var_in}:{issue.name}:{issue.type}" for issue in problem.issues or []]
        print(problem.status, problem.type, *issues)
    except Exception as failure:
        print("cannot read:", repr(failure))
