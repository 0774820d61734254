/** Types for the parts of oidc-provider that the demo and the tests use. The package has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Model = { save(): Promise<string>; addResourceScope(resource: string, scope: string): void };
  type ModelConstructor = new (properties: Record<string, unknown>) => Model;

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    readonly AccessToken: ModelConstructor;
    readonly Grant: ModelConstructor;
    readonly Client: { find(id: string): Promise<object | undefined> };
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    on(event: string, listener: (...values: unknown[]) => void): void;
  }
}
