import { z } from 'zod';

/** The three outcomes of a decision. */
export const Outcome = z.enum(['eligible', 'manualReview', 'notDemonstrated']).meta({
  id: 'Outcome',
  description: [
    '- `eligible`: LED proves the diploma condition. Record it with `decisionId`; no diploma need be asked for.',
    '- `manualReview`: LED holds something that may prove it, or its answer is in doubt. A case handler judges the `diplomas`; never decide without one.',
    '- `notDemonstrated`: LED does not prove it. **This is no refusal**: LED is not complete. Ask the applicant for the diploma or for proof of experience.',
  ].join('\n'),
});
export type Outcome = z.infer<typeof Outcome>;
