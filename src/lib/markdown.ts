/** A Markdown list with one line for each entry: - `code`: text. */
export const bulletList = (entries: Iterable<readonly [code: string, text: string]>): string =>
  Array.from(entries, ([code, text]) => `- \`${code}\`: ${text}`).join('\n');
