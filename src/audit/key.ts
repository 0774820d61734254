/**
 * The audit key from the text of its file: base64 (line breaks allowed, padding optional) of at least 32 bytes.
 * Anything else is undefined; the text is never part of an error, for it may be a key all the same.
 */
export const readAuditKey = (text: string): Buffer | undefined => {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const key = Buffer.from(compact, 'base64');
  const whole = key.toString('base64').replace(/=+$/, '') === compact.replace(/=+$/, '');
  return whole && key.length >= 32 ? key : undefined;
};
