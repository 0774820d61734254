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
public sealed record Issue(string Type, string In, string Name, string Title, string? Code);
public sealed record Problem(string Type, string Title, int Status, string Detail, string Instance, IReadOnlyList<Issue>? Issues);

public sealed class EligibilityClient
{
    private const int Attempts = 3;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // The service rejects a member with the value null, so such members are left out.
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient http;
    private readonly Func<bool, Task<string>>? token;

    /// <param name="token">Returns an access token. Called with true when the service rejected the last token. Null: no token is sent.</param>
    public EligibilityClient(Uri url, Func<bool, Task<string>>? token = null)
    {
        // The service answers within its LED_TIMEOUT_MS (by default 10 s) plus one second.
        http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(12) };
        this.token = token;
    }

    /// <summary>Asks about one person. On 429 and 503 it waits as Retry-After says and asks again. On 401 it renews the token once.</summary>
    public async Task<(Decision? Decision, Problem? Problem)> Assess(EligibilityRequest request, CancellationToken stop = default)
    {
        var renewed = false;
        for (var attempt = 1; ; attempt++)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/eligibility") { Content = JsonContent.Create(request, options: Json) };
            await message.Content.LoadIntoBufferAsync();
            message.Headers.AcceptLanguage.ParseAdd("nl");
            if (token is not null) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token(renewed));
            using var response = await http.SendAsync(message, stop);
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK:
                    return (await response.Content.ReadFromJsonAsync<Decision>(Json, stop), null);
                case HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable when attempt < Attempts:
                    await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(5), stop);
                    continue;
                case HttpStatusCode.Unauthorized when token is not null && !renewed:
                    renewed = true;
                    continue;
                default:
                    return (null, await response.Content.ReadFromJsonAsync<Problem>(Json, stop));
            }
        }
    }

    /// <summary>What a case management system does next with this answer.</summary>
    public static string NextStep(Decision? decision, Problem? problem) => (decision?.Outcome, problem?.Status) switch
    {
        ("eligible", _) => $"record decision {decision!.DecisionId} by {decision.RuleSet.Id} {decision.RuleSet.Version}",
        ("manualReview", _) => $"show {decision!.Diplomas.Count} diplomas to a case handler",
        // Never refuse an application because of this outcome: LED is not complete.
        ("notDemonstrated", _) => $"ask the applicant: {string.Join(", ", decision!.FollowUp.Select(step => step.Code))}",
        (_, 400) => $"correct {string.Join(", ", (problem!.Issues ?? []).Select(issue => $"{issue.Name} ({issue.Title})"))}",
        (_, 401 or 403) => $"have access granted: {problem!.Detail}",
        (_, 429 or 503 or 504) => "ask again later; nothing is known about the diplomas",
        (null, not null) => $"report {problem!.Instance} ({problem.Type}); nothing is known about the diplomas",
        _ => "an outcome that this program does not know: show it to a case handler",
    };
}
