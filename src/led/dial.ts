import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from 'node:net';
import { type ConnectionOptions, createSecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { buildConnector } from 'undici';
import { Fault } from '../fault.ts';
import { defined } from '../lib/defined.ts';
import type { Credentials } from '../lib/tls-files.ts';
import { tlsSuites } from '../lib/tls-suites.ts';
import { connectFault, unavailable } from './connection-faults.ts';

type DialOptions = {
  readonly url: URL;
  /** None for plain HTTP. */
  readonly credentials?: Credentials | undefined;
  readonly connectTimeoutMs: number;
  /** Finds the address of LED. Default: the resolver of the system. */
  readonly lookup?: LookupFunction;
};

/** A connection that is being made, or is made. */
export type Dialled = {
  /** The socket in use. It changes when a handshake is repeated without a ticket. */
  readonly socket: () => Socket;
  /**
   * Whether we know that the server accepts our certificate: it sent a TLS session or resumed one. A fresh connection is
   * for a retry: that the call before met a dead connection says nothing about the certificate.
   */
  readonly isCertificateAccepted: () => boolean;
  /** Whether the server resumed a TLS session. */
  readonly isResumed: () => boolean;
};

/**
 * Starts to connect; `callback` is called once, with the connected socket or with a `Fault` (see `connectFault`). If
 * `fresh`, it offers no TLS session.
 */
export type Dial = (callback: buildConnector.Callback, fresh: boolean) => Dialled;

/** One attempt to connect. */
type Attempt = { readonly socket: Socket; readonly tcp: Socket; readonly tls: TLSSocket | undefined };

/**
 * Returns the function that connects to LED: TCP, and for https TLS 1.2 or later with our certificate. The server is always
 * verified, by authority and by name. All connections share the last TLS session. A handshake that offered a session
 * and failed is repeated without it, within the same connect timeout. Throws if the credentials cannot be used for TLS.
 */
export const createDialer = ({ url, credentials, connectTimeoutMs, lookup }: DialOptions): Dial => {
  const secure = url.protocol === 'https:';
  const host = hostOf(url);
  const port = Number(url.port || (secure ? 443 : 80));
  const options = secure ? tlsOptions(host, credentials) : undefined;
  const tickets = createTicketBox();

  const begin = (ticket: Buffer | undefined): Attempt => {
    const tcp = tcpConnect(defined({ host, port, noDelay: true, keepAlive: true, lookup }));
    if (options === undefined) return { socket: tcp, tcp, tls: undefined };
    const tls = tlsConnect({ ...options, socket: tcp, ...(ticket === undefined ? {} : { session: ticket }) });
    return { socket: tls, tcp, tls };
  };

  return (callback, fresh) => {
    let certificateAccepted = false;
    let resumed = false;
    let settled = false;
    let current: Attempt;
    const settle = (...result: Parameters<buildConnector.Callback>) => {
      clearTimeout(timer);
      if (!settled) callback(...result);
      settled = true;
    };
    // This timer is our own, because undici's connect timer is up to a second late.
    const timer = setTimeout(() => current.socket.destroy(tooLate()), connectTimeoutMs);

    const attempt = (ticket: Buffer | undefined): Attempt => {
      const begun = begin(ticket);
      const { socket, tcp, tls } = begun;
      const offered = () => ticket !== undefined && !tcp.connecting && tcp.bytesWritten > 0;
      socket.once('close', () => {
        if (current === begun) clearTimeout(timer);
        // A server can also refuse a ticket after our side of the handshake is complete.
        if (resumed && socket.bytesRead === 0) tickets.refuse();
      });
      socket.on('error', (error) => {
        const serverRefused = Boolean(tls?.authorizationError);
        if (!settled && offered() && !serverRefused) {
          tickets.refuse();
          if (!(error instanceof Fault)) {
            current = attempt(undefined);
            return;
          }
        }
        settle(connectFault(error, { serverRefused, bytesReceived: tcp.bytesRead }), null);
      });
      socket.on('session', (session: Buffer) => {
        certificateAccepted = true;
        tickets.keep(session);
      });
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        resumed = tls?.isSessionReused() ?? false;
        if (resumed) certificateAccepted = true;
        settle(null, socket);
      });
      return begun;
    };
    current = attempt(fresh ? undefined : tickets.take());
    return {
      socket: () => current.socket,
      isCertificateAccepted: () => certificateAccepted || fresh,
      isResumed: () => resumed,
    };
  };
};

/** The host of an URL, as sockets take it: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** How every TLS connection to LED is made. Throws if the credentials cannot be used for TLS. */
export const tlsOptions = (host: string, credentials: Credentials | undefined): ConnectionOptions => ({
  host,
  servername: isIP(host) === 0 ? host : '',
  secureContext: createSecureContext({
    ...tlsSuites,
    cert: credentials?.cert,
    key: credentials?.key,
    ca: credentials?.ca,
    // The file may hold an issuing authority without its root.
    allowPartialTrustChain: credentials?.ca !== undefined,
  }),
  // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect.
  rejectUnauthorized: true,
  ALPNProtocols: ['http/1.1'],
});

/** An older TLS session is not resumed, so that the server checks our certificate again. */
const SESSION_MS = 300_000;

/**
 * Keeps the last TLS session. After a server refused one, none is offered for as long as one may be used: a server that
 * refuses tickets would otherwise refuse each second connection.
 */
const createTicketBox = () => {
  let kept: { readonly ticket: Buffer; readonly at: number } | undefined;
  let refusedAt = Number.NEGATIVE_INFINITY;
  const isYoung = (at: number): boolean => performance.now() - at < SESSION_MS;
  return {
    take: (): Buffer | undefined => (kept !== undefined && isYoung(kept.at) ? kept.ticket : undefined),
    keep: (ticket: Buffer): void => {
      if (!isYoung(refusedAt)) kept = { ticket, at: performance.now() };
    },
    refuse: (): void => {
      refusedAt = performance.now();
      kept = undefined;
    },
  };
};

const tooLate = () => unavailable('ledUnreachable', new Error('no connection in time'));
