import swaggerUi, { type FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../fault.ts';
import type { Catalogue } from '../../rules/catalogue.ts';
import { drawFlowChart } from '../../rules/texts/flow-chart.ts';
import { inLanguage } from '../language.ts';
import { openapiYaml } from './document.ts';
import { pageHtml, pageScript, pageStyle } from './page-html.ts';

export type DocumentDeps = {
  readonly catalogue: Catalogue;
  /** Today in Brussels, `yyyy-mm-dd`. */
  readonly today: () => string;
};

/**
 * The OpenAPI document, the picture of a decision, and the page that shows them. The page loads nothing from elsewhere.
 */
export const documentRoutes = async (app: FastifyInstance, { catalogue, today }: DocumentDeps): Promise<void> => {
  const schema = { hide: true };
  let yaml: string | undefined;
  app.get('/doc/openapi.yaml', { schema }, async (_, reply) => {
    yaml ??= openapiYaml(app);
    return reply.type('application/yaml').send(yaml);
  });
  app.get('/doc/openapi.json', { schema }, async (_, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
  app.get<{ Querystring: { ruleSet?: unknown } }>('/doc/decision-flow', { schema }, async (request, reply) => {
    const id = request.query.ruleSet ?? catalogue.all[0]?.source.id;
    const found = catalogue.find(String(id), today());
    if (!found.ok) throw new Fault('resourceNotFound', 'ruleSet');
    return reply.type('image/svg+xml; charset=utf-8').send(drawFlowChart(found.ruleSet, inLanguage(request, reply)));
  });
  await app.register(swaggerUi, page);
};

const html = pageHtml();

/**
 * Sends our own page in the place of the plugin's, whose addresses are absolute and which has no viewport. Throws the
 * Fault `resourceNotFound` for what the plugin serves besides.
 */
const servePage = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  const { url = '' } = request.routeOptions;
  // The plugin's own document and start page: the document has addresses of its own, and the page is ours.
  if (/\/doc\/(json|yaml|static\/index\.html|static\/swagger-initializer\.js)$/.test(url)) {
    throw new Fault('resourceNotFound', 'route');
  }
  if (!/\/doc\/?$/.test(url)) return;
  const [path = ''] = request.url.split('?');
  // The addresses in the page are relative to `/doc`.
  if (path.endsWith('/')) await reply.redirect('../doc');
  else await reply.type('text/html; charset=utf-8').send(html);
};

const page: FastifySwaggerUiOptions = {
  routePrefix: '/doc',
  uiHooks: { preHandler: servePage },
  theme: {
    css: [{ filename: 'page.css', content: pageStyle }],
    js: [{ filename: 'page.js', content: pageScript }],
  },
  staticCSP: {
    'default-src': ["'none'"],
    'base-uri': ["'self'"],
    'connect-src': ["'self'"],
    'font-src': ["'self'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'img-src': ["'self'", 'data:'],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    // One picture of Swagger UI has a style attribute. Styles that a script sets do not need this.
    'style-src-attr': ["'unsafe-inline'"],
  },
};
