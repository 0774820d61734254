import type { components } from './api.d.ts';

type Schemas = components['schemas'];
export type EligibilityRequest = Schemas['EligibilityRequest'];
export type Decision = Schemas['Decision'];
export type Problem = Schemas['Problem'];

export type Service = {
  /** Without a slash at the end. */
  readonly url: string;
  /** Returns an access token. Called with `true` when the service rejected the last token. Without it, none is sent. */
  readonly token?: (renew: boolean) => Promise<string>;
};

export type Answer =
  | { readonly ok: true; readonly decision: Decision }
  | { readonly ok: false; readonly problem: Problem };

const attempts = 3;
/** The service answers within its own LED_TIMEOUT_MS (by default 10 s) plus one second. */
const timeoutMs = 12_000;

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Asks about one person. On 429 and 503 it waits as long as Retry-After says and asks again. On 401 it renews the token
 * once. Rejects when there is no answer (network error, timeout). Any answer is a decision or a problem.
 */
export const assess = async (service: Service, request: EligibilityRequest, language = 'nl'): Promise<Answer> => {
  let renew = false;
  for (let attempt = 1; ; attempt += 1) {
    const token = await service.token?.(renew);
    const response = await fetch(`${service.url}/eligibility`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Accept-Language': language,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 200) return { ok: true, decision: (await response.json()) as Decision };
    const problem = (await response.json()) as Problem;
    const busy = response.status === 429 || response.status === 503;
    if (busy && attempt < attempts) await wait(Number(response.headers.get('retry-after') ?? 5));
    else if (response.status === 401 && token !== undefined && !renew) renew = true;
    else return { ok: false, problem };
  }
};

/** What a case management system does next with this answer. */
export const nextStep = (answer: Answer): string => {
  if (!answer.ok) {
    const { problem } = answer;
    switch (problem.status) {
      case 400:
        return `correct ${(problem.issues ?? []).map(({ name, detail }) => `${name} (${detail})`).join(', ')}`;
      case 401:
      case 403:
        return `have access granted: ${problem.detail}`;
      case 429:
      case 503:
      case 504:
        return 'ask again later; nothing is known about the diplomas';
      default:
        return `report ${problem.instance} (${problem.type}); nothing is known about the diplomas`;
    }
  }
  const { decision } = answer;
  switch (decision.outcome) {
    case 'eligible':
      return `record decision ${decision.decisionId} by ${decision.ruleSet.id} ${decision.ruleSet.version}`;
    case 'manualReview':
      return `show ${decision.diplomas.length} diplomas to a case handler`;
    case 'notDemonstrated':
      // Never refuse an application because of this outcome: LED is not complete.
      return `ask the applicant: ${decision.followUp.map(({ code }) => code).join(', ')}`;
  }
};
