import type { FaultIssue } from '../../fault.ts';
import { documentedProblems, issueTypes, issueUrn, problemTypes, problemUrn } from '../problem-types.ts';
import { problemAnchor } from '../problems.ts';

/**
 * The page of the API. Every address in it is relative to the page, so that it works behind a proxy with a path prefix.
 * Swagger UI shows the document. The sections about problems are plain HTML, so that `href` of a problem leads to one
 * without scripts.
 */
export const pageHtml = (): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LED eligibility</title>
<link rel="stylesheet" href="doc/static/swagger-ui.css">
<link rel="stylesheet" href="doc/static/theme/page.css">
<link rel="icon" type="image/png" href="doc/static/favicon-32x32.png" sizes="32x32">
</head>
<body>
<nav aria-label="On this page"><a href="#swagger-ui">API</a> <a href="#problems">Problems</a> <a href="#issues">Issues</a> <a href="doc/decision-flow">How a decision is reached</a> <a href="doc/openapi.yaml">openapi.yaml</a></nav>
<div id="swagger-ui"></div>
<section id="problems" class="explained" aria-labelledby="problems-title">
<h2 id="problems-title">Problems</h2>
<p>Every answer that is not a success has a <code>type</code>. No problem says anything about a person’s diplomas.</p>
${documentedProblems.map(problemSection).join('\n')}
</section>
<section id="issues" class="explained" aria-labelledby="issues-title">
<h2 id="issues-title">Issues</h2>
<p>A problem about the input lists what is wrong in <code>issues</code>. The value is never repeated.</p>
<dl>
${Object.keys(issueTypes).map(issueEntry).join('\n')}
</dl>
</section>
<script src="doc/static/swagger-ui-bundle.js"></script>
<script src="doc/static/theme/page.js"></script>
</body>
</html>
`;

const problemSection = (code: (typeof documentedProblems)[number]): string => {
  const { status, title, detail, details = {}, action } = problemTypes[code];
  const causes = Object.values(details).map((each) => `<li>${inHtml(each)}</li>`);
  return `<article id="${problemAnchor(code)}">
<h3>${status} ${inHtml(title)}</h3>
<p><code>${problemUrn(code)}</code></p>
<p>${inHtml(detail)}</p>
${causes.length > 0 ? `<p>In <code>detail</code> this can be more precise:</p>\n<ul>${causes.join('')}</ul>\n` : ''}<p><strong>What to do:</strong> ${inHtml(action)}</p>
</article>`;
};

const issueEntry = (type: string): string => {
  const { title, meaning } = issueTypes[type as FaultIssue['type']];
  return `<dt>${inHtml(title)}</dt><dd><code>${issueUrn(type as FaultIssue['type'])}</code><br>${inHtml(meaning)}</dd>`;
};

/** Text with code between backticks, as HTML. */
const inHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>');

/** The script of the page. It loads the document from its address relative to the page. */
export const pageScript = `SwaggerUIBundle({
  url: new URL('doc/openapi.json', location.href.split(/[?#]/)[0]).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  // Each operation shows its schemas, so the list of all schemas starts folded.
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  onComplete: () => {
    // The page grew above the section that the address names.
    const section = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (section) section.scrollIntoView();
  },
});
// What Swagger UI lacks for a keyboard and a screen reader. It draws parts again at any time, so this looks at each change.
const names = {
  '.servers select': 'Server',
  '.examples-select select': 'Example',
  select: 'Media type',
  'textarea.body-param__text': 'Request body',
  '.close-modal': 'Close',
};
new MutationObserver(() => {
  const all = (selector) => document.getElementById('swagger-ui').querySelectorAll(selector);
  for (const [selector, name] of Object.entries(names)) {
    for (const element of all(selector)) if (!element.hasAttribute('aria-label')) element.setAttribute('aria-label', name);
  }
  // Their text says more, and it is what a person who speaks to the browser reads.
  for (const button of all('.auth-btn-wrapper button[aria-label]')) button.removeAttribute('aria-label');
  // The keyboard cannot scroll a text that it cannot reach.
  for (const text of all('pre:not([tabindex])')) text.setAttribute('tabindex', '0');
  // A link within a button, which does the same.
  for (const link of all('button a[href]')) link.removeAttribute('href');
}).observe(document.getElementById('swagger-ui'), { childList: true, subtree: true });
`;

/** The style of the page: the sections of our own, and Swagger UI on a narrow screen and with enough contrast. */
export const pageStyle = `body { margin: 0; background: #fff; }
nav[aria-label='On this page'] { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0.75rem 20px; background: #f3f4f6; font: 15px/1.5 sans-serif; }
nav[aria-label='On this page'] a, .explained a, .swagger-ui .info a { color: #0b4f9e; text-decoration: underline; }
.explained { box-sizing: border-box; max-width: 1460px; margin: 0 auto; padding: 0 20px 2rem; font: 15px/1.55 sans-serif; color: #24292f; }
.explained h2 { font-size: 1.6rem; margin: 2rem 0 0.5rem; }
.explained h3 { font-size: 1.1rem; margin: 0 0 0.25rem; }
.explained article { border-left: 3px solid #d0d7de; margin: 1.25rem 0; padding: 0 0 0 1rem; }
.explained article:target { border-color: #0b4f9e; background: #f0f6ff; }
.explained p, .explained ul { margin: 0.35rem 0; max-width: 75ch; }
.explained dt { font-weight: bold; margin-top: 0.75rem; }
.explained dd { margin: 0; max-width: 75ch; }
.explained code { font-size: 0.92em; overflow-wrap: anywhere; }
.swagger-ui .markdown p, .swagger-ui .renderedMarkdown p { margin-left: 0; }
.swagger-ui .info .renderedMarkdown p, .swagger-ui .info .renderedMarkdown li { max-width: 80ch; line-height: 1.5; }
.swagger-ui .info .renderedMarkdown h2 { margin: 1.75rem 0 0.5rem; }
.swagger-ui .renderedMarkdown code { overflow-wrap: anywhere; color: #6f1fb1; }
.swagger-ui .renderedMarkdown pre code { overflow-wrap: normal; color: #24292f; font-weight: normal; }
.swagger-ui .info .title small { background: #57606a; }
.swagger-ui .info .title small.version-stamp { background: #3d6b00; }
.swagger-ui .renderedMarkdown td:first-child { padding-left: 0; }
.swagger-ui .markdown pre, .swagger-ui .renderedMarkdown pre { overflow-x: auto; }
.swagger-ui .markdown table, .swagger-ui .renderedMarkdown table { display: block; overflow-x: auto; }
.swagger-ui .info .title small pre { color: #fff; }
/* Half of a change of colour has too little contrast. */
.swagger-ui .btn { transition: none; }
.swagger-ui .btn.authorize { color: #1a7548; border-color: #1a7548; }
.swagger-ui .btn.authorize svg { fill: #1a7548; }
.swagger-ui .btn.cancel { color: #b42323; border-color: #b42323; }
.swagger-ui .btn.execute { background: #0b4f9e; border-color: #0b4f9e; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1a7548; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #0b5fb8; }
.swagger-ui .parameter__in, .swagger-ui .prop-format { color: #57606a; }
.swagger-ui .download-contents { background: #57606a; }
/* The highlighter writes this colour of numbers into each element. */
.swagger-ui .microlight span[style*='211, 99, 99'] { color: #f0a3a3 !important; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 12px; }
  .swagger-ui .info { margin: 20px 0; }
  .swagger-ui .info .title { font-size: 26px; }
  .swagger-ui .scheme-container { padding: 12px 0; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; word-break: break-word; }
  .swagger-ui .opblock .opblock-summary-control { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path-description-wrapper { flex-wrap: wrap; gap: 0 8px; }
  .swagger-ui .opblock .opblock-summary-description { padding: 0 0 6px; }
  .swagger-ui .parameters-col_name { width: 32%; }
  .swagger-ui table tbody tr td { padding: 8px 4px; overflow-wrap: anywhere; }
  .swagger-ui .response-col_status { min-width: 44px; padding-right: 8px; }
  .swagger-ui .response-col_links { display: none; }
  .swagger-ui .responses-table, .swagger-ui table.headers { table-layout: fixed; width: 100%; }
  .swagger-ui .responses-table .response-col_status { width: 56px; }
  .swagger-ui .highlight-code, .swagger-ui pre, .swagger-ui textarea, .swagger-ui .model-box { max-width: 100%; overflow-x: auto; }
}
`;
