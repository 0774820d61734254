import { expect, test } from 'vitest';
import { breakingChanges } from '../../openapi/breaking.ts';
import { api, type Part } from '../support/api.ts';

const changed = (change: (document: Part) => void): string[] => {
  const document = structuredClone(api);
  change(document);
  return breakingChanges(api, document);
};
const schemas = (document: Part): Part => document.components.schemas;
const post = (document: Part): Part => document.paths['/eligibility'].post;

test('a document that did not change breaks nothing', () => {
  expect(breakingChanges(api, structuredClone(api))).toEqual([]);
});

test.each<[string, (document: Part) => void]>([
  [
    'a new path',
    (d) => {
      d.paths['/more'] = d.paths['/health'];
    },
  ],
  [
    'a new optional member of the request',
    (d) => {
      schemas(d).EligibilityRequest.properties.more = { type: 'string' };
    },
  ],
  [
    'a member of the request that becomes optional',
    (d) => {
      schemas(d).EligibilityRequest.required = [];
    },
  ],
  [
    'a longer file number',
    (d) => {
      delete schemas(d).EligibilityRequest.properties.caseReference.pattern;
    },
  ],
  [
    'a new member of the answer',
    (d) => {
      schemas(d).Decision.properties.more = { type: 'string' };
    },
  ],
  [
    'a new member inside an answer that is described by reference',
    (d) => {
      schemas(d).CodeAndName.properties.more = { type: 'string' };
    },
  ],
  [
    'new codes and problem types, which only descriptions list',
    (d) => {
      schemas(d).Reason.properties.code.description = 'x';
      schemas(d).Problem.properties.type.description = 'x';
    },
  ],
  [
    'a description next to a reference',
    (d) => {
      schemas(d).Decision.properties.ruleSet = { allOf: [schemas(d).Decision.properties.ruleSet], description: 'x' };
    },
  ],
  [
    'a longer text in a request',
    (d) => {
      schemas(d).EligibilityRequest.properties.ruleSet.maxLength = 128;
    },
  ],
  [
    'a new status',
    (d) => {
      post(d).responses['418'] = post(d).responses['400'];
    },
  ],
  [
    'other words',
    (d) => {
      d.info.description = 'x';
      schemas(d).Decision.description = 'x';
      d.components.schemas.CodeAndName.description = 'x';
    },
  ],
])('%s breaks nothing', (_, change) => {
  expect(changed(change)).toEqual([]);
});

test.each<[string, (document: Part) => void, string]>([
  [
    'a path that is gone',
    (d) => {
      delete d.paths['/ruleSets'];
    },
    'GET /ruleSets: is gone',
  ],
  [
    'another operationId',
    (d) => {
      post(d).operationId = 'decide';
    },
    'POST /eligibility: operationId was assessEligibility',
  ],
  [
    'other credentials',
    (d) => {
      post(d).security = [{ AccessToken: [] }];
    },
    'POST /eligibility: its security changed',
  ],
  [
    'a header that must be sent',
    (d) => {
      d.components.parameters.AcceptLanguage.required = true;
    },
    'POST /eligibility header Accept-Language: is now required',
  ],
  [
    'a member that must be sent',
    (d) => {
      schemas(d).EligibilityRequest.required.push('ruleSet');
    },
    'POST /eligibility body.ruleSet: is now required',
  ],
  [
    'a member of the request that is gone',
    (d) => {
      delete schemas(d).EligibilityRequest.properties.caseReference;
    },
    'POST /eligibility body.caseReference: is gone',
  ],
  [
    'a stricter form of what is sent',
    (d) => {
      schemas(d).EligibilityRequest.properties.caseHandler.properties.id.pattern = '^x$';
    },
    'POST /eligibility body.caseHandler.id: pattern was ^[0-9A-Za-z_.@:-]{1,64}$, is ^x$',
  ],
  [
    'a value that is refused from now on',
    (d) => {
      schemas(d).EligibilityRequest.properties.ruleSet.enum = ['a'];
    },
    'POST /eligibility body.ruleSet: value (any) is refused',
  ],
  [
    'a member of the answer that is gone',
    (d) => {
      delete schemas(d).Attributes.properties.graad;
    },
    'POST /eligibility 200.diplomas[].attributes.graad: is gone',
  ],
  [
    'a member of the answer that may be left out',
    (d) => {
      schemas(d).Decision.required.pop();
    },
    'POST /eligibility 200.followUp: is no longer required',
  ],
  [
    'another type in the answer',
    (d) => {
      schemas(d).Problem.properties.status.type = 'string';
    },
    'POST /eligibility 400.status: was integer, is string',
  ],
  [
    'another form in the answer',
    (d) => {
      schemas(d).Decision.properties.decisionId.format = 'uri';
    },
    'POST /eligibility 200.decisionId: format was uuid, is uri',
  ],
  [
    'a new outcome',
    (d) => {
      schemas(d).Outcome.enum.push('refused');
    },
    'POST /eligibility 200.outcome: value refused is new',
  ],
  [
    'an answer that may not grow',
    (d) => {
      schemas(d).Reason.additionalProperties = false;
    },
    'POST /eligibility 200.reasons[]: may not get new members',
  ],
  [
    'codes that become a closed list',
    (d) => {
      schemas(d).Reason.properties.code.enum = ['diplomaMatches'];
    },
    'POST /eligibility 200.reasons[].code: its values are a closed list',
  ],
  [
    'a member behind a reference that is gone',
    (d) => {
      delete schemas(d).CodeAndName.properties.naam;
    },
    'POST /eligibility 200.diplomas[].attributes.onderwerp.naam: is gone',
  ],
  [
    'null that is refused from now on',
    (d) => {
      delete schemas(d).EligibilityRequest.properties.ruleSet.nullable;
    },
    'POST /eligibility body.ruleSet: null is refused',
  ],
  [
    'null in an answer',
    (d) => {
      schemas(d).Reason.properties.text.nullable = true;
    },
    'POST /eligibility 200.reasons[].text: null is new',
  ],
  [
    'a shorter text in a request',
    (d) => {
      schemas(d).EligibilityRequest.properties.ruleSet.maxLength = 32;
    },
    'POST /eligibility body.ruleSet: maxLength was 64, is 32',
  ],
  [
    'a status that is gone',
    (d) => {
      delete post(d).responses['504'];
    },
    'POST /eligibility 504: is gone',
  ],
  [
    'a header that is gone',
    (d) => {
      delete post(d).responses['503'].headers['Retry-After'];
    },
    'POST /eligibility 503 Retry-After: is gone',
  ],
  [
    'another media type',
    (d) => {
      post(d).responses['200'].content = {};
    },
    'POST /eligibility 200: no application/json any more',
  ],
])('%s is a breaking change', (_, change, said) => {
  expect(changed(change)).toContain(said);
});
