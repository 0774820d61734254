import { z } from 'zod';

/** The three outcomes of a decision. */
export const Outcome = z.enum(['eligible', 'manualReview', 'notDemonstrated']).meta({
  id: 'Outcome',
  description: [
    '- `eligible`: LED proves the diploma condition. Record the decision with its `decisionId`. There is no need to ask for a diploma.',
    '- `manualReview`: LED holds something that may prove it, or its answer is in doubt. A case handler judges the `diplomas`. Never decide without a case handler.',
    '- `notDemonstrated`: LED does not prove it. **This is not a refusal**: LED is not complete. Ask the applicant for the diploma or for proof of experience.',
  ].join('\n'),
});
export type Outcome = z.infer<typeof Outcome>;
