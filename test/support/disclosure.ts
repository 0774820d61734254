/** Every text in a diploma that is long enough to be known again. */
export const valuesOf = (value: unknown): string[] => {
  if (typeof value === 'string') return value.length > 5 ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesOf) : [];
};

/** Which of the values stand in the text as words of their own: the digits of a code turn up in a UUID by chance. */
export const foundIn = (text: string, values: Iterable<string>): string[] =>
  [...values].filter((value) => new RegExp(`(?<![\\w.])${RegExp.escape(value)}(?!\\w)`).test(text));
