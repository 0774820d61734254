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
        'The person’s INSZ: exactly 11 digits without punctuation. It is a string because leading zeros count. Its check digits and date are verified before LED is asked',
      ),
    caseHandler: z
      .strictObject({
        id: identifier.describe(
          'Your own lasting identifier of the civil servant. It is written to the audit trail: use no name and no personal number',
        ),
        role: identifier
          .optional()
          .describe('The role in which the civil servant asks. Some installations allow certain roles only'),
      })
      .optional()
      .describe(
        'Who asks (protocol, articles 4 and 6). Required unless the access token names the person. If both do, they must agree',
      ),
    caseReference: z
      .string()
      .regex(/^[0-9A-Za-z_./:-]{1,64}$/)
      .refine((value) => !/[0-9]{11}/.test(value), 'elevenDigits')
      .optional()
      .meta({
        pattern: '^(?!.*[0-9]{11})[0-9A-Za-z_./:-]{1,64}$',
        description:
          'Your file number, for the audit trail. It is logged, so it must not be an INSZ: eleven digits in a row are refused',
      }),
    ruleSet: z
      .string()
      .optional()
      .describe(
        'The `id` of the rule set to decide by, see `GET /ruleSets`. If you leave it out: the default of this installation',
      ),
    referenceDate: z.iso
      .date()
      .optional()
      .describe(
        'Selects the version of the rule set that is in force on that day, for example the day of the application. It must not be after today. If you leave it out: today in Brussels. It does not affect LED, which always answers with what it holds now',
      ),
  })
  .meta({ id: 'EligibilityRequest', description: 'The person, who asks, and the rules to decide by' });
export type EligibilityRequest = z.infer<typeof EligibilityRequest>;
