import type { Language } from '../rules/reasons.ts';

/** The language of the texts in an answer: English where `Accept-Language` prefers it over Dutch, else Dutch. */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  let best: { language: Language; weight: number } = { language: 'nl', weight: 0 };
  for (const part of (acceptLanguage ?? '').split(',')) {
    const [, tag, quality] = /^\s*(nl|en)(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(part) ?? [];
    const weight = quality === undefined ? 1 : Number(quality);
    if (tag && weight > best.weight) best = { language: tag.toLowerCase() as Language, weight };
  }
  return best.language;
};
