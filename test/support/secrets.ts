import { persons } from '../../docker/simulator/persons.ts';

/** Values that no stream may hold. */
export type Secrets = {
  /** Adds a token. The search looks for the whole token and for its parts: header, claims and signature. */
  readonly addToken: (token: string) => void;
  /** Adds a value of a diploma. The search skips hashes, ids and HMACs, which may hold six digits by chance. */
  readonly addValue: (value: string) => void;
  readonly size: () => number;
  /** Returns each secret in this text, with the text around it. */
  readonly search: (text: string) => string[];
};

const random = /\b[0-9a-f]{64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|"hmac":"[\w-]{43}"/g;

/** Whether a text is long enough not to appear by chance. */
const isLong = (text: string): boolean => text.length > 5;

/** Starts with every INSZ of the simulator. Tests add tokens and diploma values. */
export const createSecrets = (): Secrets => {
  const secrets = new Set<string>(persons.keys());
  const values = new Set<string>();
  const found = (text: string, among: ReadonlySet<string>): string[] =>
    [...among].flatMap((secret) => {
      const at = text.indexOf(secret);
      return at < 0 ? [] : [`${secret} in: ${text.slice(Math.max(0, at - 40), at + secret.length + 40)}`];
    });
  return {
    addToken: (token) => {
      for (const part of [token, ...token.split('.')].filter(isLong)) secrets.add(part);
    },
    addValue: (value) => void values.add(value),
    size: () => secrets.size + values.size,
    search: (text) => [...found(text, secrets), ...found(text.replace(random, '#'), values)],
  };
};

/** Returns every text in the attributes of a diploma, at any depth, that is long enough to search for. */
export const valuesOf = (attributes: unknown): string[] => {
  if (typeof attributes === 'string') return isLong(attributes) ? [attributes] : [];
  return typeof attributes === 'object' && attributes !== null ? Object.values(attributes).flatMap(valuesOf) : [];
};
