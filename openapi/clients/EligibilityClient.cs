// Asks the LED eligibility service about one person. Needs .NET 8 or later, and no packages.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

public sealed record CaseHandler(string Id, string? Role = null);
public sealed record EligibilityRequest(string Insz, CaseHandler CaseHandler, string? CaseReference = null, string? RuleSet = null, string? ReferenceDate = null);
public sealed record Reason(string Code, string Text);
public sealed record RuleSetReference(string Id, string Version, string Digest);
public sealed record Diploma(string Verdict, IReadOnlyList<Reason> Reasons, string Domain, JsonElement Attributes);
public sealed record Rejected(IReadOnlyList<Reason> Reasons);
public sealed record Decision(Guid DecisionId, DateTimeOffset DecidedAt, string Outcome, IReadOnlyList<Reason> Reasons, RuleSetReference RuleSet,
    string ReferenceDate, IReadOnlyList<Diploma> Diplomas, IReadOnlyList<Rejected> Rejected, IReadOnlyList<Reason> FollowUp);
public sealed record Issue(string Type, string In, string Name, string Title, string Detail, string? Code);
public sealed record Problem(string Type, string Title, int Status, string Detail, string Instance, IReadOnlyList<Issue>? Issues);

/// <summary>A decision or a problem. Body has the bytes as received, Receipt the signed receipt of a decision, if the installation makes receipts: keep both with the file, and the body nowhere else. Both Decision and Problem are null where a gateway answered in another form than JSON.</summary>
public sealed record Answer(int Status, Decision? Decision, Problem? Problem, byte[] Body, string? Receipt);

public sealed class EligibilityClient
{
    private const int Attempts = 3;

    /// <summary>A longer wait is not worth it while a case handler waits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // An absent member means the same as null.
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient http;
    private readonly Uri address;
    private readonly Func<bool, Task<string>>? token;

    /// <param name="url">The whole address before /eligibility.</param>
    /// <param name="token">Returns an access token. Called with true when the service rejected the last token. Null: no token is sent.</param>
    public EligibilityClient(string url, Func<bool, Task<string>>? token = null)
    {
        // The service answers within its LED_TIMEOUT_MS (by default 10 s) plus one second.
        http = new HttpClient { Timeout = TimeSpan.FromSeconds(12) };
        address = new Uri(url.TrimEnd('/') + "/eligibility");
        this.token = token;
    }

    /// <summary>Asks about one person. On 429, 503 and 504 it waits as Retry-After says (10 s at most) and asks again, three times in all. On 401 it renews the token once. It throws only where there is no answer.</summary>
    public async Task<Answer> Assess(EligibilityRequest request, CancellationToken stop = default)
    {
        var renewed = false;
        for (var attempt = 1; ; attempt++)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(request, options: Json) };
            await message.Content.LoadIntoBufferAsync();
            message.Headers.AcceptLanguage.ParseAdd("nl");
            if (token is not null) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token(renewed));
            using var response = await http.SendAsync(message, stop);
            var pause = PauseAfter(response);
            if (pause is not null && attempt < Attempts)
            {
                await Task.Delay(pause.Value, stop);
                continue;
            }
            if (response.StatusCode == HttpStatusCode.Unauthorized && token is not null && !renewed)
            {
                renewed = true;
                continue;
            }
            var body = await response.Content.ReadAsByteArrayAsync(stop);
            var receipt = response.Headers.TryGetValues("Decision-Receipt", out var values) ? values.FirstOrDefault() : null;
            return response.StatusCode == HttpStatusCode.OK
                ? new Answer(200, Read<Decision>(body), null, body, receipt)
                : new Answer((int)response.StatusCode, null, Read<Problem>(body), body, null);
        }
    }

    /// <summary>How long to wait before another attempt. Null where another attempt does not help, or not soon.</summary>
    private static TimeSpan? PauseAfter(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)) return null;
        var pause = response.Headers.RetryAfter is null ? TimeSpan.FromSeconds(5) : response.Headers.RetryAfter.Delta;
        return pause <= LongestWait ? pause : null;
    }

    /// <summary>The JSON object in these bytes, or null if they hold another thing, such as a page of a gateway.</summary>
    private static T? Read<T>(byte[] body) where T : class
    {
        try { return JsonSerializer.Deserialize<T>(body, Json); }
        catch (JsonException) { return null; }
    }

    /// <summary>What a case management system does next with this answer.</summary>
    public static string NextStep(Answer answer) => (answer.Decision?.Outcome, answer.Status) switch
    {
        ("eligible", _) => Recorded(answer.Decision!),
        ("manualReview", _) => $"{Recorded(answer.Decision!)}, and show {answer.Decision!.Diplomas.Count} diplomas to a case handler",
        // Never refuse an application because of this outcome: LED is not complete.
        ("notDemonstrated", _) => $"{Recorded(answer.Decision!)}, and ask the applicant: {string.Join(", ", answer.Decision!.FollowUp.Select(step => step.Code))}",
        (not null, _) => "an outcome that this program does not know: show it to a case handler",
        (_, 400) => $"correct {string.Join(", ", (answer.Problem?.Issues ?? Enumerable.Empty<Issue>()).Select(issue => $"{issue.Name} ({issue.Detail})"))}",
        (_, 401 or 403) => $"have access granted: {answer.Problem?.Detail}",
        (_, 429 or 503 or 504) => "ask again later; nothing is known about the diplomas",
        _ when answer.Problem?.Type == "urn:problem-type:zorg:ledRegistrationMissing" => "register the file of the person with MAGDA, then ask again",
        _ => $"report status {answer.Status} {answer.Problem?.Instance}; nothing is known about the diplomas",
    };

    private static string Recorded(Decision decision) => $"record decision {decision.DecisionId} by {decision.RuleSet.Id} {decision.RuleSet.Version}";
}
