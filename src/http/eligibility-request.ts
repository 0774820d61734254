import { z } from 'zod';
import { identifierForm } from '../caller.ts';

const identifier = z.string().regex(identifierForm);

/** The body of `POST /eligibility`. */
export const EligibilityRequest = z
  .strictObject({
    insz: z
      .string()
      .regex(/^[0-9]{11}$/)
      .describe(
        'The person’s INSZ: exactly 11 digits without punctuation, a string because leading zeros count. Its check digits and date are verified before LED is asked',
      ),
    caseHandler: z
      .strictObject({
        id: identifier.describe(
          'Your own lasting identifier of the civil servant; it stands in the audit trail. No name, no personal number',
        ),
        role: identifier.optional().describe('The role in which they ask; some installations allow certain roles only'),
      })
      .optional()
      .describe(
        'Who asks (protocol, articles 4 and 6). Required unless the access token names the person; then it must not contradict it',
      ),
    caseReference: z
      .string()
      .regex(/^[0-9A-Za-z_./:-]{1,64}$/)
      .refine((value) => !/[0-9]{11}/.test(value), 'elevenDigits')
      .optional()
      .meta({
        pattern: '^(?!.*[0-9]{11})[0-9A-Za-z_./:-]{1,64}$',
        description:
          'Your file number, for the audit trail. It is logged, so it must be no INSZ: eleven digits in a row are refused',
      }),
    ruleSet: z
      .string()
      .optional()
      .describe('The rule set to decide by, see `GET /ruleSets`; left out: the one that this installation is set to'),
    referenceDate: z.iso
      .date()
      .optional()
      .describe(
        'Picks the rule set’s version in force on that day, for example the day of the application; not after today. Left out: today in Brussels. It does not turn back LED, which always tells what it holds now',
      ),
  })
  .meta({ id: 'EligibilityRequest', description: 'Whom it is about, who asks, and by which rules' });
export type EligibilityRequest = z.infer<typeof EligibilityRequest>;
