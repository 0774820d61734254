import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { connect as tcpConnect } from 'node:net';
import { type DetailedPeerCertificate, connect as tlsConnect } from 'node:tls';
import { withoutElevenDigits } from '../eleven-digits.ts';
import { Fault } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import type { Credentials } from '../lib/tls-files.ts';
import { openConnection } from './connection.ts';
import { hostOf, tlsOptions } from './dial.ts';

/** Where to look, and with which credentials; none for plain HTTP. Times in ms. */
export type LookOptions = {
  readonly url: URL;
  readonly credentials?: Credentials | undefined;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
};

/** A certificate in words; the days are ISO 8601, UTC. */
export type ShownCertificate = {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
};

/** What a server shows in the TLS handshake. */
export type ServerLook = {
  readonly protocol: string;
  /** The certificates from that of the server upwards, as far as it sent them or we have them. */
  readonly chain: readonly ShownCertificate[];
  /** Whether we trust it, by authority and by name, and if not, the code of the reason. */
  readonly trusted: boolean;
  readonly problem?: string;
};

/** The result of a step, or the code of the error that it met. */
export type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string };

/** Finds the addresses of the host of an URL. */
export const resolveHost = async (url: URL): Promise<Found<readonly string[]>> => {
  try {
    const found = await lookup(hostOf(url), { all: true });
    return { ok: true, value: found.map(({ address }) => address) };
  } catch (error) {
    return { ok: false, code: errorCode(error) };
  }
};

/** A certificate in words. A subject is free text, so it loses control characters, and digits that could be an INSZ. */
export const shownCertificate = (certificate: X509Certificate): ShownCertificate => ({
  subject: shownName(certificate.subject),
  issuer: shownName(certificate.issuer),
  validFrom: certificate.validFromDate.toISOString(),
  validTo: certificate.validToDate.toISOString(),
});

const shownName = (name: string | undefined): string =>
  withoutElevenDigits((name ?? '').trim().replaceAll('\n', ', ').replace(/\p{C}/gu, '?'));

/**
 * Makes a TLS handshake with our certificate, sends nothing over it, and closes it. It also shows the certificates of a
 * server that we do not trust: they are read at the end of the handshake, before the verification closes the connection.
 */
export const lookAtServer = ({ url, credentials, connectTimeoutMs }: LookOptions): Promise<Found<ServerLook>> =>
  new Promise((resolve) => {
    const host = hostOf(url);
    const socket = tlsConnect({
      ...tlsOptions(host, credentials),
      socket: tcpConnect({ host, port: Number(url.port || 443) }),
    });
    let shown: Pick<ServerLook, 'protocol' | 'chain'> | undefined;
    const end = (result: Found<ServerLook>): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end({ ok: false, code: 'ETIMEDOUT' }), connectTimeoutMs);
    socket.on('error', (error) => {
      const code = errorCode(error);
      end(shown ? { ok: true, value: { ...shown, trusted: false, problem: code } } : { ok: false, code });
    });
    // Node.js emits `secure` at the end of the handshake, and verifies the certificate in its own listener.
    socket.prependOnceListener('secure', () => {
      const chain = chainOf(socket.getPeerCertificate(true)).map(shownCertificate);
      shown = { protocol: socket.getProtocol() ?? '', chain };
    });
    socket.once('secureConnect', () => {
      if (shown) end({ ok: true, value: { ...shown, trusted: true } });
    });
  });

const chainOf = (leaf: DetailedPeerCertificate): X509Certificate[] => {
  const chain: X509Certificate[] = [];
  for (let next: DetailedPeerCertificate | undefined = leaf; next?.raw && chain.length < 10; ) {
    chain.push(new X509Certificate(next.raw));
    // A root is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
};

/** An envelope without a question: a SOAP server answers it with a Fault, and another server in another way. */
const EMPTY = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
    '<soapenv:Header></soapenv:Header><soapenv:Body></soapenv:Body></soapenv:Envelope>',
);

/** How a server answers at the path of an URL. */
export type Knock = { readonly status: number; readonly isXml: boolean };

/**
 * Posts an envelope without a question over a verified connection. Shows whether the server accepts our certificate, and
 * whether a SOAP service answers at this path. Rejects with a `Fault` of the connection.
 */
export const knock = async (options: LookOptions): Promise<Knock> => {
  const connection = openConnection(options);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Fault('ledTimeout', 'ledTimeout')), options.timeoutMs);
  let found: Knock | undefined;
  try {
    await connection.post(EMPTY, controller.signal, {
      head: (status, headers) => {
        found = { status, isXml: /\bxml\b/i.test(String(headers['content-type'] ?? '')) };
      },
      data: () => {},
    });
  } catch (error) {
    // What follows the head does not matter.
    if (found === undefined) throw error;
  } finally {
    clearTimeout(timer);
    await connection.close();
  }
  return found as Knock;
};
