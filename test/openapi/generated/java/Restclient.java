import spring.ApiClient;
import org.springframework.web.client.RestClientResponseException;
import spring.api.EligibilityApi;
import spring.model.Decision;
import spring.model.EligibilityRequest;
import spring.model.CaseHandler;
import spring.model.InputValidationIssue;
import spring.model.Problem;
import spring.model.Reason;

final class Restclient implements Clients.Client {
    @Override
    public String ask(String url, String insz) throws Exception {
        ApiClient client = new ApiClient();
        client.setBasePath(url);
        EligibilityApi api = new EligibilityApi(client);
        CaseHandler caseHandler = new CaseHandler().id("handler-17").role(null);
        EligibilityRequest request = new EligibilityRequest()
            .insz(insz).caseHandler(caseHandler).caseReference(null).ruleSet(null).referenceDate(null);
        try {
            Decision decision = api.assessEligibility(request, "en");
            StringBuilder line = new StringBuilder("200 " + decision.getOutcome().getValue());
            for (Reason reason : decision.getReasons()) line.append(' ').append(reason.getCode());
            return line + " " + decision.getDiplomas().size();
        } catch (RestClientResponseException failure) {
            Problem problem = failure.getResponseBodyAs(Problem.class);
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
