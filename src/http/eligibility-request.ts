import { z } from 'zod';
import { identifierForm, isRole } from '../caller.ts';
import { elevenDigits } from '../eleven-digits.ts';
import type { Inquiry } from '../eligibility.ts';
import type { FaultIssue } from '../fault.ts';
import { isObject } from '../lib/is-object.ts';

const identifier = z.string().max(64).regex(identifierForm);

/**
 * The body of `POST /eligibility`. `null` in an optional member means that it is absent: many generated clients write it
 * so. `inquiryOf` takes such members out.
 */
export const EligibilityRequest = z
  .strictObject({
    insz: z
      .string()
      .min(11)
      .max(11)
      .regex(/^[0-9]{11}$/)
      .describe(
        'The person’s INSZ: exactly 11 digits without punctuation. It is a string because leading zeros count. Its check digits and date are verified before LED is asked',
      ),
    caseHandler: z
      .strictObject({
        id: identifier.describe(
          'Your own lasting identifier of the civil servant. It is written to the audit trail: use no name and no personal number. One that holds eleven digits in a row, or an INSZ in any notation, is written as an HMAC, unless it is a UUID',
        ),
        role: identifier
          .refine(isRole, 'elevenDigits')
          .nullish()
          .describe(
            'The role in which the civil servant asks. Some installations allow certain roles only (ask the operator which), and where the access token names the civil servant only its own role counts for that. Eleven digits in a row are refused, also with separators if they can be an INSZ',
          ),
      })
      .nullish()
      // `nullable` beside a reference says nothing, so this is no component. Generators make the name of a class from `title`.
      .meta({
        title: 'CaseHandler',
        description:
          'Who asks (protocol, articles 4 and 6). Required unless the access token names the person. If both do, they must agree',
      }),
    caseReference: z
      .string()
      .max(64)
      .regex(/^[0-9A-Za-z_./:-]{1,64}$/)
      .refine((value) => elevenDigits(value) !== 'unbroken', 'elevenDigits')
      .nullish()
      .meta({
        pattern: '^(?!.*[0-9]{11})[0-9A-Za-z_./:-]{1,64}$',
        description:
          'Your file number, for the audit trail. It is logged, so it must not be an INSZ: eleven digits in a row are refused. Digits with separators that can be an INSZ are taken, and written as an HMAC',
      }),
    ruleSet: z
      .string()
      .max(64)
      .refine((value) => elevenDigits(value) === undefined, 'elevenDigits')
      .nullish()
      .describe(
        'The `id` of the rule set to decide by, see `GET /ruleSets`. If you leave it out: the default of this installation',
      ),
    referenceDate: z.iso
      .date()
      .nullish()
      .describe(
        'Selects the version of the rule set that is in force on that day, for example the day of the application. It must not be after today. If you leave it out: today in Brussels. It does not affect LED, which always answers with what it holds now',
      ),
  })
  .meta({ id: 'EligibilityRequest', description: 'The person, who asks, and the rules to decide by' });
export type EligibilityRequest = z.infer<typeof EligibilityRequest>;

/**
 * What a body asks. `issues` is what is wrong with the form of the request. Members with an issue are left out, and so
 * are members that are `null`.
 */
export const inquiryOf = (body: object, issues: readonly FaultIssue[]): Inquiry => {
  const wrong = new Set(issues.map(({ in: place, name }) => (place === 'body' ? name.split('.')[0] : undefined)));
  const members = Object.entries(withoutNulls(body)).filter(
    ([name]) => Object.hasOwn(EligibilityRequest.shape, name) && !wrong.has(name),
  );
  return { ...Object.fromEntries(members), issues };
};

const withoutNulls = (value: object): object =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, name === 'caseHandler' && isObject(member) ? withoutNulls(member) : member]),
  );
