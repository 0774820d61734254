import okhttp.ApiClient;
import okhttp.ApiException;
import okhttp.JSON;
import okhttp.api.EligibilityApi;
import okhttp.model.Decision;
import okhttp.model.EligibilityRequest;
import okhttp.model.CaseHandler;
import okhttp.model.InputValidationIssue;
import okhttp.model.Problem;
import okhttp.model.Reason;

final class OkhttpGson implements Clients.Client {
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
        } catch (ApiException failure) {
            Problem problem = JSON.getGson().fromJson(failure.getResponseBody(), Problem.class);
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
