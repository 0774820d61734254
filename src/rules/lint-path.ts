/** What is wrong at a place of one file: see `LintFault`. */
export type Finding = { readonly path: string; readonly message: string };
export type Path = readonly PropertyKey[];

/** A place as text: `subjects[3].code`. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
