import plain.ApiClient;
import plain.ApiException;
import plain.api.EligibilityApi;
import plain.model.Decision;
import plain.model.EligibilityRequest;
import plain.model.CaseHandler;
import plain.model.InputValidationIssue;
import plain.model.Problem;
import plain.model.Reason;

final class Native implements Clients.Client {
    @Override
    public String ask(String url, String insz) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        EligibilityApi api = new EligibilityApi(client);
        CaseHandler caseHandler = new CaseHandler().id("handler-17").role(null);
        EligibilityRequest request = new EligibilityRequest()
            .insz(insz).caseHandler(caseHandler).caseReference(null).ruleSet(null).referenceDate(null);
        try {
            Decision decision = api.assessEligibility(request, "en");
            StringBuilder line = new StringBuilder("200 " + decision.getOutcome().getValue());
            for (Reason reason : decision.getReasons()) line.append(' ').append(reason.getCode());
            return line + " " + decision.getDiplomas().size();
        } catch (ApiException failure) {
            Problem problem = client.getObjectMapper().readValue(failure.getResponseBody(), Problem.class);
            StringBuilder line = new StringBuilder(problem.getStatus() + " " + problem.getType());
            if (problem.getIssues() != null) {
                for (InputValidationIssue issue : problem.getIssues()) {
                    line.append(' ').append(issue.getIn()).append(':').append(issue.getName()).append(':').append(issue.getType());
                }
            }
            return line.toString();
        }
    }
}
