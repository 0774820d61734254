import type { FastifyInstance } from 'fastify';

/**
 * Returns a function that lists the methods that the routes have for a path, in order of registration. The list is
 * empty if there is no such path. Call `collectMethods` before the routes are registered.
 */
export const collectMethods = (app: FastifyInstance): ((path: string) => readonly string[]) => {
  const routes = new Map<string, { readonly path: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url
      .split(/(:[^/]+|\*)/)
      .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : RegExp.escape(part)));
    const path = new RegExp(`^${pattern.join('')}$`);
    const route = routes.get(url) ?? { path, methods: new Set() };
    for (const each of [method].flat()) route.methods.add(each);
    routes.set(url, route);
  });
  return (path) => [...routes.values()].filter((route) => route.path.test(path)).flatMap(({ methods }) => [...methods]);
};
