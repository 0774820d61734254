// OpenTelemetry traces of led-eligibility, for operations to load:
//
//   NODE_OPTIONS='--import file:///telemetry/register.mjs'
//   OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces
//   OTEL_TRACES_SAMPLER_ARG=0.1      the part of the requests to trace; default: all
//
// Two spans: the request of the caller, and each call that it leads to (LED, token service). The service knows nothing
// of this; without --import nothing of it is loaded.
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

// A path or a query holds whatever somebody typed, a number of a person too; an error's text may quote what was
// received. So only what is named here leaves the process, and neither events nor texts do.
const allowed = new Set([
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'network.protocol.version',
]);
// Of calls that the service makes; of a caller's request they are what its Host header says.
const allowedOfOurs = new Set(['server.address', 'server.port']);
const routes = new Set(['/eligibility', '/ruleSets', '/health', '/doc']);

const withoutContent = (span) => {
  const isAllowed = ([key]) => allowed.has(key) || (span.kind === SpanKind.CLIENT && allowedOfOurs.has(key));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return Object.create(span, {
    // Without the caller's tracestate, which holds what it likes.
    spanContext: { value: () => ({ traceId, spanId, traceFlags }) },
    attributes: { value: Object.fromEntries(Object.entries(span.attributes).filter(isAllowed)) },
    events: { value: [] },
    status: { value: { code: span.status.code } },
  });
};

const batch = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1000 });

// What a caller says of its own trace is taken up; LED gets no header that it does not know.
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
