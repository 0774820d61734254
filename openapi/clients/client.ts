import type { components } from './api.d.ts';

type Schemas = components['schemas'];
export type EligibilityRequest = Schemas['EligibilityRequest'];
export type Decision = Schemas['Decision'];
/** A problem of the service, or one that `assess` makes of an answer in another form: it has the status alone. */
export type Problem = Partial<Schemas['Problem']> & { readonly status: number };

export type Service = {
  /** The whole address before `/eligibility`, without a slash at the end. */
  readonly url: string;
  /** Returns an access token. Called with `true` when the service rejected the last token. Without it, none is sent. */
  readonly token?: (renew: boolean) => Promise<string>;
};

export type Answer =
  | {
      readonly ok: true;
      readonly decision: Decision;
      /** The body as received, and the signed receipt, if the installation makes receipts. Keep both with the file. */
      readonly body: Uint8Array;
      readonly receipt: string | undefined;
    }
  | { readonly ok: false; readonly problem: Problem };

const attempts = 3;
/** The service answers within its own LED_TIMEOUT_MS (by default 10 s) plus one second. */
const timeoutMs = 12_000;
/** A longer wait is not worth it while a case handler waits. */
const longestWait = 10;

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Sends no member that is null: an absent member means the same. */
const toJson = (value: unknown): string => JSON.stringify(value, (_, member) => member ?? undefined);

/** The JSON object in these bytes. Undefined if they hold another thing, such as a page of a gateway. */
const objectIn = (body: Uint8Array): object | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

/** How many seconds to wait before another attempt. Undefined where another attempt does not help, or not soon. */
const pauseAfter = (response: Response): number | undefined => {
  if (response.status !== 429 && response.status !== 503 && response.status !== 504) return undefined;
  const seconds = Number(response.headers.get('retry-after') ?? 5);
  return seconds <= longestWait ? seconds : undefined;
};

/**
 * Asks about one person. On 429, 503 and 504 it waits as long as Retry-After says (5 s where it does not, 10 s at most)
 * and asks again, three times in all. On 401 it renews the token once. It rejects when there is no answer (network error,
 * timeout). Any answer is a decision or a problem, also one that a gateway sends as HTML.
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
      body: toJson(request),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status } = response;
    const body = new Uint8Array(await response.arrayBuffer());
    const value = objectIn(body);
    if (status === 200 && value !== undefined) {
      const receipt = response.headers.get('decision-receipt') ?? undefined;
      return { ok: true, decision: value as Decision, body, receipt };
    }
    const pause = pauseAfter(response);
    if (pause !== undefined && attempt < attempts) await wait(pause);
    else if (status === 401 && token !== undefined && !renew) renew = true;
    else return { ok: false, problem: { ...(status === 200 ? {} : value), status } };
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
      case 502:
        if (problem.type === 'urn:problem-type:zorg:ledRegistrationMissing') {
          return 'register the file of the person with MAGDA, then ask again';
        }
    }
    return `report ${problem.instance ?? `status ${problem.status}`} (${problem.type ?? 'of a gateway'}); nothing is known about the diplomas`;
  }
  const { decision } = answer;
  const recorded = `record decision ${decision.decisionId} by ${decision.ruleSet.id} ${decision.ruleSet.version}`;
  switch (decision.outcome) {
    case 'eligible':
      return recorded;
    case 'manualReview':
      return `${recorded}, and show ${decision.diplomas.length} diplomas to a case handler`;
    case 'notDemonstrated':
      // Never refuse an application because of this outcome: LED is not complete.
      return `${recorded}, and ask the applicant: ${decision.followUp.map(({ code }) => code).join(', ')}`;
  }
};
