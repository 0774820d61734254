import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { createSecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Credentials } from '../lib/tls-files.ts';
import { connectFault, unavailable } from './connection-faults.ts';

type DialOptions = {
  readonly url: URL;
  /** None for plain HTTP. */
  readonly credentials?: Credentials | undefined;
  readonly connectTimeoutMs: number;
};

/** A socket that is connecting or connected. */
export type Dialled = {
  readonly socket: Socket;
  /** Whether we know that the server accepted our certificate: it sent a TLS session or resumed one. */
  readonly isCertificateAccepted: () => boolean;
};

/** Starts to connect; `callback` is called once, with the connected socket or with a `Fault` (see `connectFault`). */
export type Dial = (callback: buildConnector.Callback) => Dialled;

/** An older TLS session is not resumed, so that the server checks our certificate again. */
const SESSION_MS = 300_000;

/**
 * Returns the function that connects to LED: TCP, and for https TLS 1.2 or later with our certificate. The server is
 * always verified, by authority and by name. All connections share the last TLS session. Throws if the credentials
 * cannot be used for TLS.
 */
export const createDialer = ({ url, credentials, connectTimeoutMs }: DialOptions): Dial => {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const secureContext = secure
    ? createSecureContext({
        minVersion: 'TLSv1.2',
        cert: credentials?.cert,
        key: credentials?.key,
        ca: credentials?.ca,
        // The file may hold an issuing authority without its root.
        allowPartialTrustChain: credentials?.ca !== undefined,
      })
    : undefined;
  let session: { readonly ticket: Buffer; readonly at: number } | undefined;

  const startTls = (tcp: Socket): TLSSocket => {
    const usable = session !== undefined && performance.now() - session.at < SESSION_MS ? session : undefined;
    return tlsConnect({
      socket: tcp,
      host,
      servername: isIP(host) === 0 ? host : '',
      secureContext,
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect.
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(usable === undefined ? {} : { session: usable.ticket }),
    });
  };

  return (callback) => {
    const tcp = tcpConnect({ host, port, noDelay: true, keepAlive: true });
    const tls = secure ? startTls(tcp) : undefined;
    const socket = tls ?? tcp;
    let certificateAccepted = false;
    let settled = false;
    const settle = (...result: Parameters<buildConnector.Callback>) => {
      clearTimeout(timer);
      if (!settled) callback(...result);
      settled = true;
    };
    // This timer is our own, because undici's connect timer is up to a second late.
    const timer = setTimeout(() => socket.destroy(tooLate()), connectTimeoutMs);
    socket.once('close', () => clearTimeout(timer));
    socket.on('error', (error) => {
      const serverRefused = Boolean(tls?.authorizationError);
      settle(connectFault(error, { serverRefused, bytesReceived: tcp.bytesRead }), null);
    });
    socket.on('session', (ticket: Buffer) => {
      certificateAccepted = true;
      session = { ticket, at: performance.now() };
    });
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (tls?.isSessionReused()) certificateAccepted = true;
      settle(null, socket);
    });
    return { socket, isCertificateAccepted: () => certificateAccepted };
  };
};

const tooLate = () => unavailable('ledUnreachable', new Error('no connection in time'));
