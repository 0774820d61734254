import { answerOf } from '../bench/answers.ts';
import {
  answerXml,
  bachelorRecord,
  envelope12Xml,
  envelopeXml,
  fault12Xml,
  faultXml,
  responseXml,
  securityHeaderXml,
  type TestRecord,
  testInsz,
} from './answers.ts';

export const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
export const noData = { identificatie: '40000', oorsprong: 'LED', type: 'FOUT' };
/** A complete record, with characters of two, three and four bytes. */
export const record: TestRecord = {
  ...bachelorRecord(testInsz(1)),
  volledigeNaam: 'Bachelor ☃ 😀 in de “verpleegkunde” & é',
};
export const shortRecord: TestRecord = {
  ...{ status: '1', holder: testInsz(2), onderwerp: { code: '762003' }, volledigeNaam: 'é & ☃' },
  bijkomendeInformatie: [{ naam: 'a', inhoud: '&b, and more than one mutation removes' }, { inhoud: 'd' }, {}],
};

const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';
const twoRecords = answerXml({ referte, records: [shortRecord, shortRecord] });

/** Sound answers of every kind, all to `referte`. */
export const sampleAnswers: Readonly<Record<string, string>> = {
  'one record': answerXml({ referte, records: [record] }),
  'three records': answerXml({ referte, records: [record, {}, shortRecord] }),
  'two records, indented': twoRecords.replaceAll('><', '>\r\n\t <'),
  'a declaration on each leaf': twoRecords.replaceAll(/<(Code|Naam|INSZ|VolledigeNaam)>/g, `<$1 xmlns:geef="${LED}">`),
  exceptions: answerXml({
    referte,
    exceptions: [noData, { type: 'WAARSCHUWING' }],
    repliekExceptions: [noData],
    prefix: '',
  }),
  'records and exceptions': answerXml({ referte, records: [shortRecord], exceptions: [noData] }),
  fault: faultXml('99995 - Te veel bevragingen'),
  'a fault of SOAP 1.2': fault12Xml('99995 - Te veel bevragingen', '99995 - Too many calls'),
  'one record in SOAP 1.2': envelope12Xml(responseXml({ referte, records: [shortRecord] })),
  'a signed answer': answerXml({ referte, records: [shortRecord] }).replace('<soap:Header/>', securityHeaderXml),
  'XML of every kind':
    '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?><!-- - --><?pi d?>' +
    envelopeXml(
      '<soap:Fault><faultstring>E<![CDATA[RR]]]]>_&#48;2&#x35;: é</faultstring>' +
        '<d a="&lt;" b=\'"\' xmlns:p="u:v" p:a="1" xml:lang="nl"/><é:é xmlns:é="u:e2"><p-1._/></é:é></soap:Fault>',
    ).replace(/^.*\n/, ''),
  'a whole record as LED writes it': answerOf(1, referte).toString(),
};

/** An answer with exactly these Bewijzen. */
export const answerWith = (...bewijzen: readonly string[]): string =>
  answerXml({ referte, records: [] }).replace('<Bewijzen>', () => `<Bewijzen>${bewijzen.join('')}`);
