// OpenTelemetry traces of led-eligibility. Operations loads this file like this:
//
//   NODE_OPTIONS='--import file:///telemetry/register.mjs'
//   OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces
//   OTEL_TRACES_SAMPLER_ARG=0.1      the share of the requests to trace; default: all
//
// It makes a span for the caller's request, and one for each call that the service makes for it (LED, token service).
// The service itself does not depend on this file: without --import, Node loads nothing of it.
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

// A path or a query may hold anything that a caller typed, even an INSZ, and an error text may quote it. So only the
// attributes below leave the process. Events and error texts never do.
const allowed = new Set([
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'network.protocol.version',
]);
// Only for calls that the service makes. On a caller's request they would hold the value of its Host header.
const allowedOfOurs = new Set(['server.address', 'server.port']);
const routes = new Set(['/eligibility', '/ruleSets', '/health', '/doc']);

const withoutContent = (span) => {
  const isAllowed = ([key]) => allowed.has(key) || (span.kind === SpanKind.CLIENT && allowedOfOurs.has(key));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return Object.create(span, {
    // Without the caller's tracestate, which may hold anything.
    spanContext: { value: () => ({ traceId, spanId, traceFlags }) },
    attributes: { value: Object.fromEntries(Object.entries(span.attributes).filter(isAllowed)) },
    events: { value: [] },
    status: { value: { code: span.status.code } },
  });
};

const batch = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1000 });

// The spans join the caller's trace. LED gets no trace headers, because it does not know them.
const { extract, fields } = new W3CTraceContextPropagator();
propagation.setGlobalPropagator({ extract, fields, inject: () => {} });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'led-eligibility' }),
    sampler: new ParentBasedSampler({
      root: new TraceIdRatioBasedSampler(Number(process.env.OTEL_TRACES_SAMPLER_ARG ?? 1)),
    }),
    spanProcessors: [
      {
        onStart: (span, parent) => batch.onStart(span, parent),
        onEnd: (span) => batch.onEnd(withoutContent(span)),
        forceFlush: () => batch.forceFlush(),
        shutdown: () => batch.shutdown(),
      },
    ],
  }),
);

registerInstrumentations({
  instrumentations: [
    new HttpInstrumentation({
      disableOutgoingRequestInstrumentation: true,
      ignoreIncomingRequestHook: ({ url }) => /^\/(livez|readyz|metrics)$/.test(url ?? ''),
      startIncomingSpanHook: ({ url }) => {
        const path = (url ?? '').split('?', 1)[0];
        return routes.has(path) ? { 'http.route': path } : {};
      },
    }),
    new UndiciInstrumentation(),
  ],
});
