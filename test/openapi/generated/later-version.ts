import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Members that a later version adds to every object: one of each kind of JSON value. */
const newMembers = {
  newText: 'new',
  newNumber: 1.5,
  newFlag: true,
  newNothing: null,
  newList: [{ newText: 'new' }, 'new', null],
  newObject: { newText: 'new', newNothing: null },
};
const newReason = { code: 'newCode', text: 'A reason that today’s document does not name.' };
const newIssue = {
  type: 'urn:problem-type:zorg:input-validation:newKind',
  in: 'query',
  name: 'newParameter',
  title: 'An issue of a new kind',
  detail: 'Today’s document does not name this kind.',
};

/** An answer as a later minor version sends it: new members everywhere, new codes, and an issue about the query. */
const grown = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) {
    const items = value.map((item) => grown(item));
    if (name === 'reasons' || name === 'followUp') return [...items, grown(newReason)];
    return name === 'issues' ? [...items, grown(newIssue)] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, grown(member, key)]);
  return { ...Object.fromEntries(members), ...newMembers };
};

const problemOfNewType = {
  type: 'urn:problem-type:zorg:newProblem',
  href: 'doc#newProblem',
  title: 'A problem of a new type',
  status: 409,
  detail: 'Today’s document names neither this type nor this status.',
  instance: 'urn:uuid:019ab000-4d2a-7c3e-9f10-5b2c8d7e6f01',
  issues: [newIssue],
};

/**
 * Starts a server that answers as a later minor version of the service at `url` would: with its answers, grown. About
 * `surprising` (an INSZ) it answers with a problem of a new type and a new status.
 */
export const startLaterVersion = async (url: string, surprising: string) => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { 'content-type': type = '', 'accept-language': language = 'nl', authorization } = request.headers;
    const asked = await fetch(`${url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: {
        'content-type': type,
        'accept-language': language,
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === '' ? {} : { body }),
    });
    const text = await asked.text();
    const [status, value] = body.includes(surprising) ? [409, problemOfNewType] : [asked.status, JSON.parse(text)];
    const headers = {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      'new-header': 'new',
    };
    response.writeHead(status, headers).end(JSON.stringify(grown(value)));
  };
  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
