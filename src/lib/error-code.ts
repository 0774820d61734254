/**
 * The `code` of an error, such as `ENOENT`; `otherwise` if it has none. Messages are not used: they may quote what
 * was read.
 */
export const errorCode = (error: unknown, otherwise = 'unknown'): string => {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : otherwise;
};
