/** Returns a Markdown list with one line for each entry, such as: - `code`: text */
export const bulletList = (entries: Iterable<readonly [code: string, text: string]>): string =>
  Array.from(entries, ([code, text]) => `- \`${code}\`: ${text}`).join('\n');
