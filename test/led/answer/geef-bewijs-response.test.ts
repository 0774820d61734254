import { describe, expect, test } from 'vitest';
import { bachelorRecord, responseXml, testInsz } from '../../support/answers.ts';
import { schemaCheck } from '../../support/schema.ts';

const schemaFaults = schemaCheck(new URL('geef-bewijs-response.xsd', import.meta.url));
const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const exceptions = [{ identificatie: '30040', oorsprong: 'LED', type: 'INFORMATIE' }];
const answer = responseXml({ referte, records: [bachelorRecord(testInsz(1))], exceptions });
const changed = (from: string | RegExp, to: string): string => {
  const xml = answer.replace(from, to);
  expect(xml).not.toBe(answer);
  return xml;
};

describe('the schema of answers, with which tests check what they and the simulator build', () => {
  test.each([
    ['an element that we do not read, with any content', '<Instelling>', '<Instelling><Nieuw a="b">x</Nieuw>'],
    ['an unknown element at the end of a Bewijs', '</Bewijs>', '<Nieuw>x</Nieuw></Bewijs>'],
    ['an unknown element at the end of Basis', '</Basis>', '<Nieuw/></Basis>'],
    ['an unknown element at the end of Afgeleid', '</Afgeleid>', '<Nieuw/></Afgeleid>'],
    ['an unknown element at the end of an Uitzondering', '</Uitzondering>', '<Annotaties/></Uitzondering>'],
    ['a missing ISCEDNiveau2011', /<ISCEDNiveau2011>.*<\/ISCEDNiveau2011>/, ''],
    ['a date without month and day', /<Maand>.*<\/Dag>/, ''],
    ['no record', /<Inhoud><Bewijzen>.*<\/Inhoud>/, ''],
  ])('accepts %s', (_, from, to) => {
    expect(schemaFaults(changed(from, to))).toEqual([]);
  });

  test.each([
    ['an unknown Type of Uitzondering', 'INFORMATIE', 'INFO'],
    ['a padded Type', 'INFORMATIE', ' INFORMATIE '],
    ['a code with letters', '>30040<', '>ERR_025<'],
    ['a missing element', /<Graad>.*<\/Graad>/, ''],
    ['an empty value', '<Graad><Naam>Bachelor<', '<Graad><Naam><'],
    ['another order', /(<Categorie>.*<\/Categorie>)(<Graad>.*<\/Graad>)/, '$2$1'],
    ['an element twice', /<Graad>.*<\/Graad>/, '$&$&'],
    ['an unknown status', /<BewijsstatusLed><Code>1</, '<BewijsstatusLed><Code>2<'],
    ['a value of 256 characters', '<Graad><Naam>', `<Graad><Naam>${'x'.repeat(250)}`],
    ['a name of 1001 characters', '<VolledigeNaam>', `<VolledigeNaam>${'x'.repeat(1000)}`],
    ['a month of one digit', '<Maand>06<', '<Maand>6<'],
    ['an unknown year', '<Jaar>2001<', '<Jaar>1700<'],
    ['an INSZ of 10 digits', /<INSZ>\d/, '<INSZ>'],
    ['a Referte of 37 characters', `<Antwoord><Referte>`, '<Antwoord><Referte>x'],
    ['100 records', /<Bewijs>.*<\/Bewijs>/, '$&'.repeat(100)],
    ['a list without a record', /<Bewijs>.*<\/Bewijs>/, ''],
    ['two answers', /<Antwoord>.*<\/Antwoord>/, '$&$&'],
  ])('refuses %s', (_, from, to) => {
    expect(schemaFaults(changed(from, to))).not.toEqual([]);
  });
});
