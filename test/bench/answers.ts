import { bachelorRecord, bewijsXml, envelopeXml, testInsz } from '../support/answers.ts';

const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';

/** The MAGDA test number of the person whose answer holds 1, 3 or 24 records. */
export const persons = { 1: testInsz(1), 3: testInsz(3), 24: testInsz(24) } as const;
export type Records = keyof typeof persons;
export const sizes = [1, 3, 24] as const satisfies readonly Records[];

/** The same XML as LED writes it: indented, and with the namespace declared again on every element that holds text. */
const asWritten = (xml: string): string => {
  let depth = 0;
  return xml
    .replace(/>(?=<)/g, '>\n')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) depth -= 1;
      const indented =
        ' '.repeat(Math.max(0, depth - 7)) + line.replace(/^<(\w+)>(?=[^<])/, `<$1 xmlns:geef="${LED}">`);
      if (/^<[^/?][^>]*[^/]>$/.test(line)) depth += 1;
      return indented;
    })
    .join('\n');
};

/** A whole answer of LED to `referte` (36 characters): 1, 3 or 24 records in about 6, 17 and 130 KB. */
export const answerOf = (count: Records, referte: string): Buffer => {
  const holder = persons[count];
  const records = Array.from({ length: count }, (_, i) =>
    bewijsXml({
      ...bachelorRecord(holder),
      // Every other record has a subject outside the protocol, as many records of a school career have.
      ...(i % 2 === 1 ? { onderwerp: { code: '10001', naam: 'Algemene vorming' } } : {}),
      volledigeNaam:
        i % 3 === 2 ? 'Bachelor in de verpleegkunde, ingericht te Luik (Liège)' : 'Bachelor in het sociaal werk',
    }),
  );
  const context =
    '<Context><Naam>GeefBewijs</Naam><Versie>02.00.0000</Versie><Bericht><Type>ANTWOORD</Type><Tijdstip><Datum>2026-11-23' +
    '</Datum><Tijd>10:15:30.000</Tijd></Tijdstip><Ontvanger><Identificatie>example.vlaanderen.be/led</Identificatie></Ontvanger>' +
    '</Bericht></Context>';
  const body =
    `<geef:GeefBewijsResponse xmlns:geef="${LED}"><Repliek>${context}<Antwoorden><Antwoord><Referte>${referte}</Referte>` +
    `<Inhoud><Bewijzen>${records.join('')}</Bewijzen></Inhoud></Antwoord></Antwoorden></Repliek></geef:GeefBewijsResponse>`;
  return Buffer.from(asWritten(envelopeXml(body)));
};
