import { persons } from '../../docker/simulator/persons.ts';

/** What must turn up in neither stream. */
export type Secrets = {
  /** A token is looked for in every byte, whole and in its parts: header, claims and signature. */
  readonly addToken: (token: string) => void;
  /** A value of a diploma: looked for outside hashes, ids and HMACs, in which six digits turn up by chance. */
  readonly addValue: (value: string) => void;
  readonly size: () => number;
  /** Each secret found in this text, with what stands around it. */
  readonly search: (text: string) => string[];
};

const random = /\b[0-9a-f]{64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|"hmac":"[\w-]{43}"/g;

/** Long enough not to turn up by chance. */
const telling = (text: string): boolean => text.length > 5;

/** Every INSZ of the simulator to begin with; diploma values and tokens are added as they come by. */
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
      for (const part of [token, ...token.split('.')].filter(telling)) secrets.add(part);
    },
    addValue: (value) => void values.add(value),
    size: () => secrets.size + values.size,
    search: (text) => [...found(text, secrets), ...found(text.replace(random, '#'), values)],
  };
};

/** Every telling text in the attributes of a diploma, however deep. */
export const valuesOf = (attributes: unknown): string[] => {
  if (typeof attributes === 'string') return telling(attributes) ? [attributes] : [];
  return typeof attributes === 'object' && attributes !== null ? Object.values(attributes).flatMap(valuesOf) : [];
};
