/**
 * The TLS versions and cipher suites of every connection, as options of Node.js: the suites of TLS 1.3, and those of TLS
 * 1.2 that have forward secrecy and authenticated encryption.
 */
export const tlsSuites = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE+AESGCM',
    'ECDHE+CHACHA20',
  ].join(':'),
} as const;
