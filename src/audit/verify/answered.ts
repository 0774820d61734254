import type { Findings } from './findings.ts';
import { addFault, addNote, nowhere } from './findings.ts';
import type { Noted } from './follow-chain.ts';
import { readLines, type Source } from './read-lines.ts';

/**
 * Reads operational logs, and reports each request that a log says was answered and that has no `access` line: its line
 * was lost after the answer had left, or was taken away. A file may be wrapped by a container runtime.
 */
export const checkAnswered = async (
  logs: readonly Source[],
  { accessIds, lost }: Noted,
  findings: Findings,
): Promise<void> => {
  let answered = 0;
  const onLine = (bytes: Buffer, start: number, end: number): void => {
    const id = answeredId(bytes.toString('utf8', start, end));
    if (id === undefined) return;
    answered += 1;
    if (accessIds.has(id)) return;
    const excuse = lost > 0 ? ` (gap lines count ${lost} lost access lines, of which it may be one)` : '';
    addFault(
      findings,
      'answeredWithoutLine',
      nowhere,
      `request ${id} was answered, but its access line is missing${excuse}`,
    );
  };
  await readLines(logs, { onLine, isWhole: () => true }, 'stderr');
  if (answered === 0) addNote(findings, 'empty', nowhere, 'the operational log names no request that was answered');
};

/** The form of an id. Anything else is not repeated in a finding. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id in a line of the operational log that says that a question was answered. */
const answeredId = (text: string): string | undefined => {
  if (!text.includes('"answered"')) return undefined;
  try {
    const { message, method, route, status, id } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const isQuestion = message === 'answered' && method === 'POST' && String(route).endsWith('/eligibility');
    // 499: the caller left before the answer.
    return isQuestion && status !== 499 && typeof id === 'string' && UUID.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
};
