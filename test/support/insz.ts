/** Adds the check digits to nine digits, for a birth in the given century. */
export const complete = (nine: string, century: 1900 | 2000): string => {
  const base = Number(nine) + (century === 2000 ? 2_000_000_000 : 0);
  return nine + String(97 - (base % 97)).padStart(2, '0');
};
