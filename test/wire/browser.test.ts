import { existsSync, statSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, type RunningService, startService, type World } from '../support/service.ts';

const executable = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
const screenshot = fileURLToPath(new URL('../../openapi/doc-page.png', import.meta.url));

const BASE_PATH = '/REST/ledEligibility/v1';

/** Starts a proxy that forwards what is below `BASE_PATH` to the service: with the prefix, or without it. */
const startProxy = async (port: number, strips: boolean): Promise<{ url: string; close: () => void }> => {
  const server: Server = createServer((incoming, response) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(BASE_PATH)) return void response.writeHead(404).end();
    const path = strips ? url.slice(BASE_PATH.length) || '/' : url;
    const onward = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}${BASE_PATH}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

let world: World;
let service: RunningService;
let prefixed: RunningService;

beforeAll(async () => {
  world = await createWorld();
  [service, prefixed] = await Promise.all([
    startService(world.environment),
    startService({ ...world.environment, BASE_PATH }),
  ]);
});
afterAll(async () => {
  await Promise.all([service?.stop(), prefixed?.stop()]);
  await world?.close();
});

describe.skipIf(executable === undefined)(
  'the API’s page in Chromium (skipped without it: apt-get install chromium)',
  () => {
    let browser: Browser;
    let page: Page;
    const requested: string[] = [];
    const complaints: string[] = [];

    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: executable ?? '',
        // Chromium's sandbox does not work for root, and a container often runs as root.
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
      });
      page = await browser.newPage({ viewport: { width: 1100, height: 900 }, locale: 'en-GB' });
      page.on('request', (request) => requested.push(request.url()));
      page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
      page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
      // The console shows what the content security policy blocks.
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
    });
    afterAll(() => browser?.close());

    test('shows every operation, and how the service decides', async () => {
      await page.goto(`${service.url}/doc`);
      await page.locator('.opblock').nth(5).waitFor();
      const ids = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id));
      expect(ids).toEqual([
        'operations-Eligibility-assessEligibility',
        'operations-Eligibility-listReceiptKeys',
        'operations-Rule_sets-getRuleSets',
        'operations-Rule_sets-getRuleSet',
        'operations-Rule_sets-getRuleSetVersion',
        'operations-Health-getHealth',
      ]);
      expect(await page.locator('.info .renderedMarkdown a[href="doc/decision-flow"]').count()).toBe(1);
      expect(await page.title()).toBe('LED eligibility');
    });

    test('sends a question and shows the decision', async () => {
      const operation = page.locator('#operations-Eligibility-assessEligibility');
      await operation.locator('.opblock-summary-control').click();
      await operation.getByRole('button', { name: 'Try it out' }).click();
      const answered = page.waitForResponse((response) => response.url() === `${service.url}/eligibility`);
      await operation.getByRole('button', { name: 'Execute' }).click();
      expect(await (await answered).json()).toMatchObject({ outcome: 'eligible' });
      const shown = operation.locator('.live-responses-table .response').first();
      await shown.waitFor();
      expect(await shown.textContent()).toMatch(/200[\s\S]*"outcome": "eligible"/);
      if (process.env.UPDATE_SCREENSHOT !== '1') return;
      await operation.locator('.live-responses-table').scrollIntoViewIfNeeded();
      await page.screenshot({ path: screenshot });
    });

    test.each([
      ['that strips its prefix', true],
      ['that keeps its prefix', false],
    ])('works behind a proxy %s', async (_, strips) => {
      const proxy = await startProxy(strips ? service.port : prefixed.port, strips);
      const behind = await browser.newPage();
      try {
        const failed: string[] = [];
        behind.on('response', (answer) => {
          if (answer.status() >= 400) failed.push(`${answer.status()} ${answer.url()}`);
        });
        await behind.goto(`${proxy.url}/doc/`);
        expect(behind.url().replace(/#.*/, '')).toBe(`${proxy.url}/doc`);
        const operation = behind.locator('#operations-Eligibility-assessEligibility');
        await operation.locator('.opblock-summary-control').click();
        await operation.getByRole('button', { name: 'Try it out' }).click();
        const answered = behind.waitForResponse(`${proxy.url}/eligibility`);
        await operation.getByRole('button', { name: 'Execute' }).click();
        expect(await (await answered).json()).toMatchObject({ outcome: 'eligible' });
        // Every link of the page itself leads below the prefix, and to something.
        const links = await behind
          .locator('a[href]')
          .evaluateAll((all) => all.map((each) => (each as unknown as { href: string }).href));
        const own = [
          ...new Set(links.map((link) => link.split('#')[0] ?? '').filter((link) => link.startsWith('http://127'))),
        ];
        expect(own.length).toBeGreaterThan(3);
        for (const link of own)
          expect([link, (await fetch(link)).status]).toEqual([expect.stringContaining(proxy.url), 200]);
        expect(failed).toEqual([]);
      } finally {
        await behind.close();
        proxy.close();
      }
    });

    test('the reference of a problem leads to its section', async () => {
      const answer = await fetch(`${service.url}/ruleSets/none`);
      const { href } = (await answer.json()) as { href: string };
      await page.goto(new URL(href, answer.url).href);
      await page.locator('.opblock').nth(5).waitFor();
      const section = page.locator('#problem-resourceNotFound');
      expect(await section.textContent()).toContain('urn:problem-type:belgif:resourceNotFound');
      await page.waitForFunction(
        "Math.abs(document.getElementById('problem-resourceNotFound').getBoundingClientRect().top) < 50",
      );
    });

    /** What axe-core still finds inside Swagger UI: places of the page without a name or a landmark of their own. */
    const knownOfSwaggerUi = ['moderate landmark-unique', 'moderate region'];

    test.each([390, 1280])(
      'fits a screen of %i pixels, and axe-core finds nothing serious',
      { timeout: 60_000 },
      async (width) => {
        // The policy of the page would block axe-core.
        const narrow = await browser.newPage({ viewport: { width, height: 900 }, bypassCSP: true });
        narrow.setDefaultTimeout(20_000);
        const found = async (part: string): Promise<string[]> => {
          const { violations } = (await narrow.evaluate(`axe.run('${part}')`)) as AxeResults;
          return violations
            .filter(({ id, impact }) => !knownOfSwaggerUi.includes(`${impact} ${id}`))
            .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join('\n')}`);
        };
        try {
          await narrow.goto(`${service.url}/doc`);
          await narrow.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
          const operation = narrow.locator('#operations-Eligibility-assessEligibility');
          for (const summary of await narrow.locator('.opblock-summary-control').all()) await summary.click();
          await narrow.locator('.responses-table').nth(5).waitFor();
          expect(await narrow.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
          await operation.getByRole('button', { name: 'Try it out' }).click();
          await operation.getByRole('button', { name: 'Execute' }).click();
          await operation.locator('.live-responses-table .response').first().waitFor();
          expect(await found('html')).toEqual([]);
          await narrow.locator('.scheme-container .authorize').click();
          await narrow.getByRole('button', { name: 'Close' }).first().waitFor();
          expect(await found('.dialog-ux')).toEqual([]);
          // In the sections that are not of Swagger UI it finds nothing at all.
          const ours = (await narrow.evaluate(
            "axe.run({ include: [['nav'], ['#problems'], ['#issues']] })",
          )) as AxeResults;
          expect(ours.violations.map(({ id, impact }) => `${impact} ${id}`)).toEqual([]);
        } finally {
          await narrow.close();
        }
      },
    );

    test('shows the picture', async () => {
      await page.goto(`${service.url}/doc/decision-flow`);
      expect(await page.locator('title').textContent()).toBe(
        'How a decision is reached: Recognition as supervisor of work-like activities',
      );
      // Every text fits in its box with the fonts of this machine.
      const beyond = await page.evaluate(`[...document.querySelectorAll('text')].filter((text) => {
      const own = text.getBoundingClientRect();
      const [box] = [...document.querySelectorAll('rect')]
        .map((rect) => rect.getBoundingClientRect())
        .filter(({ left, right, top, bottom }) => left <= own.left && own.left < right && top <= own.top && own.bottom <= bottom)
        .sort((a, b) => a.width - b.width);
      return box === undefined || own.right > box.right;
    }).map((text) => text.textContent)`);
      expect(beyond).toEqual([]);
    });

    test('loaded nothing from another origin, and nothing was blocked or failed', () => {
      expect(requested.length).toBeGreaterThan(5);
      expect(requested.filter((url) => !url.startsWith(`${service.url}/`) && !url.startsWith('data:'))).toEqual([]);
      expect(complaints).toEqual([]);
    });

    test('has a policy that works: a script from another origin does not run', async () => {
      await page.goto(`${service.url}/doc`);
      const blocked = page.waitForEvent('console', (message) => message.text().includes('Content Security Policy'));
      await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'document.title = "changed"';
      document.body.append(script);
    }`);
      await blocked;
      expect(await page.title()).toBe('LED eligibility');
    });
  },
);

test('the screenshot for the README exists and is small (to renew it: UPDATE_SCREENSHOT=1 vitest run test/wire/browser.test.ts)', () => {
  expect(statSync(screenshot).size).toBeLessThan(200_000);
});

describe('the picture of the decision', () => {
  const picture = async (language: string) => {
    const response = await fetch(`${service.url}/doc/decision-flow`, { headers: { 'accept-language': language } });
    return { headers: response.headers, svg: await response.text() };
  };

  test.each([
    ['nl', 'Hoe een beslissing tot stand komt', '33 onderwerpen', ['Aangetoond', 'Te beoordelen', 'Niet aangetoond']],
    ['en', 'How a decision is reached', '33 subjects', ['Proven', 'To be judged', 'Not proven']],
  ])('in %s', async (language, title, subjects, outcomes) => {
    const { headers, svg } = await picture(language);
    expect(headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(headers.get('content-language')).toBe(language);
    expect(headers.get('vary')).toBe('Accept-Language');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(svg).toContain(`<title id="title">${title}`);
    expect(svg).toContain(subjects);
    for (const outcome of outcomes) expect(svg).toContain(`>${outcome}</text>`);
    expect(svg).not.toMatch(/<script|<style|\sstyle=|href=|\son\w+=/);
    const parser = new SaxesParser({ xmlns: true });
    parser.on('error', (error) => {
      throw error;
    });
    parser.write(svg).close();
  });
});
