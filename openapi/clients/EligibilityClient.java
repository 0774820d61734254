import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the LED eligibility service about one person. Needs Java 17 or later, and no libraries. This example reads
 * members with regular expressions; use your JSON library instead.
 *
 *   echo 90610100155 | URL=http://localhost:8080 HANDLER=u-4711 java EligibilityClient.java
 *
 * HANDLER is the id of the case handler who asks, TOKEN an access token. Into the folder KEEP, if it is set, it writes
 * the answer and its receipt.
 */
public final class EligibilityClient {
    private static final int ATTEMPTS = 3;
    /** A longer wait is not worth it while a case handler waits. */
    private static final int LONGEST_WAIT_SECONDS = 10;

    /**
     * A decision (status 200) or a problem. `body` has the bytes as received, and `receipt` is the signed receipt of a
     * decision, or null if the installation makes none: keep both with the file, and the body nowhere else. A gateway may
     * answer in another form than JSON, such as HTML: go by the status then.
     */
    public record Answer(int status, byte[] body, String receipt) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final URI uri;
    /** Returns an access token. Called with true when the service rejected the last token. Null: no token is sent. */
    private final Function<Boolean, String> token;

    /** `url` is the whole address before `/eligibility`. */
    public EligibilityClient(String url, Function<Boolean, String> token) {
        this.uri = URI.create(url + "/eligibility");
        this.token = token;
    }

    /**
     * Asks about one person. On 429, 503 and 504 it waits as long as Retry-After says (5 s where it does not, 10 s at
     * most) and asks again, three times in all. On 401 it renews the token once. It throws only where there is no answer.
     */
    public Answer assess(String insz, String caseHandler) throws IOException, InterruptedException {
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
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            int status = response.statusCode();
            OptionalInt pause = pauseAfter(status, response.headers().firstValue("Retry-After").orElse("5"));
            if (pause.isPresent() && attempt < ATTEMPTS) {
                Thread.sleep(1000L * pause.getAsInt());
            } else if (status == 401 && token != null && !renewed) {
                renewed = true;
            } else {
                return new Answer(status, response.body(), response.headers().firstValue("Decision-Receipt").orElse(null));
            }
        }
    }

    /** The seconds to wait before another attempt. Empty where another attempt does not help, or not soon. */
    private static OptionalInt pauseAfter(int status, String retryAfter) {
        boolean passes = status == 429 || status == 503 || status == 504;
        if (!passes || !retryAfter.matches("\\d{1,3}")) return OptionalInt.empty();
        int seconds = Integer.parseInt(retryAfter);
        return seconds <= LONGEST_WAIT_SECONDS ? OptionalInt.of(seconds) : OptionalInt.empty();
    }

    /** What a case management system does next with this answer. */
    public static String nextStep(Answer answer) {
        String body = answer.text();
        switch (answer.status()) {
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
                if (member(body, "type").equals("urn:problem-type:zorg:ledRegistrationMissing")) {
                    return "register the file of the person with MAGDA, then ask again";
                }
                return "report status " + answer.status() + " " + member(body, "instance") + "; nothing is known about the diplomas";
        }
        String recorded = "record decision " + member(body, "decisionId");
        switch (member(body, "outcome")) {
            case "eligible":
                return recorded;
            case "manualReview":
                return recorded + ", and show the diplomas to a case handler";
            case "notDemonstrated":
                // Never refuse an application because of this outcome: LED is not complete.
                return recorded + ", and ask the applicant for the diploma or for proof of experience";
            case "":
                return "report status 200 without a decision; nothing is known about the diplomas";
            default:
                return "an outcome that this program does not know: show it to a case handler";
        }
    }

    private static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    public static void main(String[] arguments) throws Exception {
        String handler = System.getenv("HANDLER");
        if (handler == null || handler.isEmpty()) {
            System.err.println("set HANDLER to the id of the case handler who asks, such as HANDLER=u-4711");
            System.exit(64);
        }
        String insz = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).trim();
        String url = System.getenv().getOrDefault("URL", "http://localhost:8080");
        String token = System.getenv("TOKEN");
        EligibilityClient client = new EligibilityClient(url, token == null || token.isEmpty() ? null : renew -> token);
        Answer answer = client.assess(insz, handler);
        String folder = System.getenv("KEEP");
        if (folder != null && answer.receipt() != null) {
            Files.createDirectories(Path.of(folder));
            Files.write(Path.of(folder, "body.json"), answer.body());
            Files.writeString(Path.of(folder, "receipt.txt"), answer.receipt());
        }
        System.out.println(nextStep(answer));
    }
}
