import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Language } from '../rules/reasons.ts';

/**
 * Returns the language of an answer's texts: English if `Accept-Language` prefers it over Dutch, otherwise Dutch.
 */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  let best: { language: Language; weight: number } = { language: 'nl', weight: 0 };
  for (const part of (acceptLanguage ?? '').split(',')) {
    const [, tag, quality] = /^\s*(nl|en)(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(part) ?? [];
    const weight = quality === undefined ? 1 : Number(quality);
    if (tag && weight > best.weight) best = { language: tag.toLowerCase() as Language, weight };
  }
  return best.language;
};

/** Returns the language of the answer and names it in the headers; caches read `Vary`. */
export const inLanguage = (request: FastifyRequest, reply: FastifyReply): Language => {
  const language = languageOf(request.headers['accept-language']);
  reply.header('content-language', language).header('vary', 'Accept-Language');
  return language;
};
