/**
 * Returns a text that was read from a file or a server as it may be printed: nothing in it moves the cursor of a terminal or
 * starts a new line.
 */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
