import { instantOf } from '../../lib/clock.ts';
import { printable } from '../../lib/printable.ts';
import type { Language } from '../../rules/reasons.ts';
import type { CitizenAccess } from './citizen.ts';

const texts = {
  nl: {
    title: 'Wie heeft uw diplomagegevens opgevraagd?',
    intro: (count: number, day: string) =>
      `Dit overzicht is op ${day} gemaakt uit de auditlijnen van de dienst die diploma’s opvraagt in LED, de Vlaamse databank van diploma’s. ${
        count === 0
          ? 'In de doorzochte bestanden staat geen enkele opvraging over u.'
          : count === 1
            ? 'In de doorzochte bestanden staat één opvraging over u.'
            : `In de doorzochte bestanden staan ${count} opvragingen over u.`
      } Alle uren zijn die van Brussel.`,
    at: (day: string, time: string) => `${day}, ${time} uur`,
    client: 'Opgevraagd met het systeem',
    organisation: 'Organisatie',
    role: 'In de rol van',
    handler: 'Dossierbehandelaar',
    purpose: 'Waarvoor',
    file: 'dossier',
    result: 'Resultaat',
    results: {
      eligible: 'LED toont aan dat u een diploma hebt dat aan de voorwaarde voldoet.',
      manualReview: 'LED bevat gegevens die een medewerker zelf moest bekijken.',
      notDemonstrated:
        'LED toont niet aan dat u aan de voorwaarde voldoet. Dat is geen weigering: LED bevat niet alle diploma’s.',
      decided: 'Er was een antwoord.',
      refused: 'De vraag is niet beantwoord. Er zijn geen diplomagegevens doorgegeven.',
      failed: 'De vraag is niet beantwoord door een storing. Er zijn geen diplomagegevens doorgegeven.',
      unknown: 'LED is bevraagd. Of het antwoord is doorgegeven, staat niet vast.',
    },
    disclosed: 'Doorgegeven gegevens',
    nothing: 'geen',
    reference: 'Kenmerk',
    closing:
      'Het kenmerk is het nummer van de opvraging: vermeld het als u er een vraag over hebt. De gegevens zelf bewaart de dienst niet, alleen welke soorten gegevens zijn doorgegeven.',
  },
  en: {
    title: 'Who asked for data about your diplomas?',
    intro: (count: number, day: string) =>
      `This overview was made on ${day} from the audit lines of the service that looks diplomas up in LED, the Flemish database of diplomas. ${
        count === 0
          ? 'The files that were searched hold no request about you.'
          : count === 1
            ? 'The files that were searched hold one request about you.'
            : `The files that were searched hold ${count} requests about you.`
      } All times are those of Brussels.`,
    at: (day: string, time: string) => `${day}, ${time}`,
    client: 'Asked with the system',
    organisation: 'Organisation',
    role: 'In the role of',
    handler: 'Case handler',
    purpose: 'What for',
    file: 'file',
    result: 'Result',
    results: {
      eligible: 'LED shows that you have a diploma that meets the condition.',
      manualReview: 'LED holds data that a member of staff had to look at.',
      notDemonstrated:
        'LED does not show that you meet the condition. This is not a refusal: LED does not hold every diploma.',
      decided: 'There was an answer.',
      refused: 'The question was not answered. No data about diplomas was passed on.',
      failed: 'The question was not answered, because of a fault. No data about diplomas was passed on.',
      unknown: 'LED was asked. Whether the answer was passed on is not certain.',
    },
    disclosed: 'Data passed on',
    nothing: 'none',
    reference: 'Reference',
    closing:
      'The reference is the number of the request: quote it if you have a question about it. The service does not store the data itself, only which kinds of data were passed on.',
  },
} as const;

/** `volledigeNaam` as a person reads it: volledige naam. */
const inWords = (attribute: string): string =>
  attribute
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/^(isced|vks)/, (word) => word.toUpperCase());

/** A day, `yyyy-mm-dd`, as people write it. */
const longDay = (day: string, language: Language): string =>
  new Intl.DateTimeFormat(language === 'nl' ? 'nl-BE' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
    instantOf(day),
  );

/** Writes the accesses for the person whom they are about, on paper. `today`: the day on which this is done. */
export const citizenText = (accesses: readonly CitizenAccess[], today: string, language: Language): string => {
  const text = texts[language];
  const paragraphs = accesses.map((access, index) => {
    const { day, time, client, organisation, role, handler, purpose, result, outcome, attributes, id } = access;
    const lines: readonly (readonly [string, string | undefined])[] = [
      [text.client, client],
      [text.organisation, organisation],
      [text.role, role],
      [text.handler, handler],
      [
        text.purpose,
        purpose &&
          [
            `${purpose.ruleSet} (${purpose.legalBasis})`,
            ...(purpose.caseReference === undefined ? [] : [`${text.file} ${purpose.caseReference}`]),
          ].join(', '),
      ],
      [text.result, text.results[outcome ?? result]],
      [text.disclosed, attributes.length === 0 ? text.nothing : attributes.map(inWords).join(', ')],
      [text.reference, id],
    ];
    const shown = lines.flatMap(([name, value]) => (value === undefined ? [] : [`   ${name}: ${printable(value)}`]));
    return [`${index + 1}. ${text.at(longDay(day, language), time)}`, ...shown].join('\n');
  });
  const closing = accesses.length === 0 ? [] : [text.closing];
  return [text.title, text.intro(accesses.length, longDay(today, language)), ...paragraphs, ...closing].join('\n\n');
};
