import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the LED eligibility service about one person. Needs Java 11 or later, and no libraries. This example reads
 * members with regular expressions; use your JSON library instead.
 *
 *   echo 90610100155 | URL=http://localhost:8080 java EligibilityClient.java
 */
public final class EligibilityClient {
    private static final int ATTEMPTS = 3;

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final URI uri;
    /** Returns an access token. Called with true when the service rejected the last token. Null: no token is sent. */
    private final Function<Boolean, String> token;

    public EligibilityClient(String url, Function<Boolean, String> token) {
        this.uri = URI.create(url + "/eligibility");
        this.token = token;
    }

    /** Asks about one person. On 429 and 503 it waits as Retry-After says and asks again. On 401 it renews the token once. */
    public HttpResponse<String> assess(String insz, String caseHandler) throws IOException, InterruptedException {
        // Both hold only letters, digits and _ . @ : - so nothing needs an escape.
        String body = "{\"insz\":\"" + insz + "\",\"caseHandler\":{\"id\":\"" + caseHandler + "\"}}";
        boolean renewed = false;
        for (int attempt = 1; ; attempt++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                // The service answers within its LED_TIMEOUT_MS (by default 10 s) plus one second.
                .timeout(Duration.ofSeconds(12))
                .header("Content-Type", "application/json")
                .header("Accept-Language", "nl")
                .POST(HttpRequest.BodyPublishers.ofString(body));
            if (token != null) request.header("Authorization", "Bearer " + token.apply(renewed));
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            int status = response.statusCode();
            if ((status == 429 || status == 503) && attempt < ATTEMPTS) {
                Thread.sleep(1000 * response.headers().firstValueAsLong("Retry-After").orElse(5));
            } else if (status == 401 && token != null && !renewed) {
                renewed = true;
            } else {
                return response;
            }
        }
    }

    /** What a case management system does next with this answer. */
    public static String nextStep(HttpResponse<String> response) {
        String body = response.body();
        switch (response.statusCode()) {
            case 200:
                break;
            case 400:
                return "correct what issues names: " + body;
            case 401:
            case 403:
                return "have access granted: " + member(body, "detail");
            case 429:
            case 503:
            case 504:
                return "ask again later; nothing is known about the diplomas";
            default:
                return "report " + member(body, "instance") + "; nothing is known about the diplomas";
        }
        switch (member(body, "outcome")) {
            case "eligible":
                return "record decision " + member(body, "decisionId");
            case "manualReview":
                return "show the diplomas to a case handler";
            case "notDemonstrated":
                // Never refuse an application because of this outcome: LED is not complete.
                return "ask the applicant for the diploma or for proof of experience";
            default:
                return "an outcome that this program does not know: show it to a case handler";
        }
    }

    private static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    public static void main(String[] arguments) throws Exception {
        String insz = new String(System.in.readAllBytes()).trim();
        String url = System.getenv().getOrDefault("URL", "http://localhost:8080");
        String token = System.getenv("TOKEN");
        EligibilityClient client = new EligibilityClient(url, token == null ? null : renew -> token);
        System.out.println(nextStep(client.assess(insz, "handler-17")));
    }
}
