import { readFileSync } from 'node:fs';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import {
  answerDocument,
  childOf,
  codedAttributes,
  type Element,
  fields,
  plainAttributes,
  steeringFields,
} from '../../../src/led/answer/elements.ts';
import { Attributes } from '../../../src/record.ts';

type Entry = { readonly path: string; readonly element: Element; readonly isRepeatable: boolean };

const entriesOf = (element: Element, path: string): Entry[] =>
  element.children.flatMap((child) => {
    const entry = { path: `${path}/${child.name}`, element: child.element, isRepeatable: child.bit === 0 };
    return [entry, ...entriesOf(child.element, entry.path)];
  });
const entries = entriesOf(answerDocument, '');
const fieldOf = (path: string): string | undefined =>
  fields[entries.find((one) => one.path === path)?.element.field ?? -1];

describe('the table of elements', () => {
  test('follows the schema: each element exists, and is repeatable if and only if it is so in the schema', () => {
    const schema = XmlDocument.fromBuffer(readFileSync(new URL('geef-bewijs-response.xsd', import.meta.url)));
    const namespaces = { xs: 'http://www.w3.org/2001/XMLSchema' };
    const inside = './xs:complexType/xs:sequence';
    /** The declaration of a child, in the declaration of an element or in its named type. */
    const declared = (parent: XmlElement, name: string): XmlElement => {
      const type = parent.attr('type')?.value.replace('led:', '');
      const [from, path] =
        type === undefined ? [parent, inside] : [schema.root, `/xs:schema/xs:complexType[@name="${type}"]/xs:sequence`];
      const found = from.find(
        `${path}/xs:element[@name="${name}"] | ${path}/xs:sequence/xs:element[@name="${name}"]`,
        namespaces,
      );
      expect(found, name).toHaveLength(1);
      return found[0] as XmlElement;
    };
    const start = '/Envelope/Body/GeefBewijsResponse/';
    let count = 0;
    for (const { path, isRepeatable } of entries.filter((one) => one.path.startsWith(start))) {
      const top = schema.root.find('/xs:schema/xs:element[@name="GeefBewijsResponse"]', namespaces)[0] as XmlElement;
      const declaration = path.slice(start.length).split('/').reduce(declared, top);
      expect(isRepeatable, path).toBe((declaration.attr('maxOccurs')?.value ?? '1') !== '1');
      count += 1;
    }
    expect(count).toBeGreaterThan(60);
    schema.dispose();
  });

  test('reads each field in one place, and exceptions and fault texts in two', () => {
    const read = entries.map(({ element }) => fields[element.field]).filter((field) => field !== undefined);
    const expected = [...fields, 'exception.id', 'exception.origin', 'exception.type', 'faultText'];
    expect(read.sort()).toEqual(expected.sort());
    expect(new Set(fields).size).toBe(fields.length);
  });

  test('reads all attributes that the protocol grants', () => {
    const others = ['uitreikingsdatum', 'volledigeNaam', 'bijkomendeInformatie'];
    expect([...plainAttributes, ...codedAttributes, ...others].sort()).toEqual(Object.keys(Attributes.shape).sort());
  });

  test.each([
    ['status', 'BewijsstatusLed/Code'],
    ['holder', 'PersoonUitgereikt/INSZ'],
    ['authenticity', 'Basis/Authenticiteit/Naam'],
    ['iscedNiveau2011', 'Afgeleid/ISCEDNiveau2011/Code'],
    ['year', 'Basis/Uitreikingsdatum/Jaar'],
    ['month', 'Basis/Uitreikingsdatum/Maand'],
    ['day', 'Basis/Uitreikingsdatum/Dag'],
  ] as const)('reads %s, which decides, at %s', (field, path) => {
    expect(steeringFields).toContain(field);
    expect(
      fieldOf(`/Envelope/Body/GeefBewijsResponse/Repliek/Antwoorden/Antwoord/Inhoud/Bewijzen/Bewijs/${path}`),
    ).toBe(field);
  });

  test('gives each child of an element that may occur once a bit of its own', () => {
    for (const parent of [answerDocument, ...entries.map(({ element }) => element)]) {
      const bits = parent.children.map(({ bit }) => bit).filter((bit) => bit !== 0);
      expect(new Set(bits).size).toBe(bits.length);
      for (const bit of bits) expect(Math.log2(bit >>> 0) % 1).toBe(0);
    }
  });
});

describe('childOf', () => {
  const find = (parent: Element, name: string) => {
    const bytes = Buffer.from(`<${name}>`);
    return childOf(parent, bytes, 1, bytes.length - 1);
  };

  test('finds each child by its whole name, and no other', () => {
    for (const parent of [answerDocument, ...entries.map(({ element }) => element)]) {
      for (const child of parent.children) {
        const name = child.name.toString();
        expect(find(parent, name)).toBe(child);
        for (const other of [`${name}x`, name.slice(0, -1), name.toUpperCase(), `x${name}`, '']) {
          if (other === name) continue;
          expect(find(parent, other)).toBeUndefined();
        }
      }
    }
  });
});
