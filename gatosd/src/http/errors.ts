/** Faults of the HTTP API: of requests, of tokens, and of listening. */
import { EXIT, errorArea } from 'gatos-core';

export const httpError = errorArea('http', {
  'no-token': {
    kind: 'denied',
    exit: EXIT.absent,
    message: () => 'this needs a token: `Authorization: Bearer TOKEN`',
    hint: () => 'whoever runs the server makes one: `git gatos serve token create --actor ACTOR --scopes SCOPES`',
  },
  'bad-token': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { why: 'unknown' | 'expired' | 'revoked' | 'malformed' }) => WHY_NO_TOKEN[d.why],
    hint: () => 'whoever runs the server makes a new one: `git gatos serve token create`',
  },
  'actor-revoked': {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { actor: string }) => `all keys of \`${d.actor}\`, for whom the token speaks, are revoked`,
  },
  'missing-scope': {
    kind: 'denied',
    message: (d: { scope: string; has: readonly string[] }) =>
      `the token has no scope \`${d.scope}\`${d.has.length === 0 ? '' : `, only ${d.has.map((each) => `\`${each}\``).join(', ')}`}`,
  },
  'capability-not-yours': {
    kind: 'denied',
    message: (d: { capability: string; actor: string }) =>
      `capability \`${d.capability}\` may not be used with a token of \`${d.actor}\``,
    hint: (d: { actor: string }) =>
      `\`${d.actor}\` attenuates one of their own to the agent of this server, or the token is made with \`--capability\``,
  },
  'no-such-path': {
    kind: 'missing',
    message: (d: { path: string }) => `there is nothing at \`${d.path}\``,
    hint: () => '`/v1/openapi.json` tells all that there is',
  },
  method: {
    kind: 'unsupported',
    exit: EXIT.no,
    message: (d: { method: string; allowed: readonly string[] }) =>
      `\`${d.method}\` is not possible here: ${d.allowed.join(', ')}`,
  },
  'not-acceptable': {
    kind: 'unsupported',
    exit: EXIT.no,
    message: (d: { accept: string; offered: readonly string[] }) =>
      `this comes as ${d.offered.map((each) => `\`${each}\``).join(' or ')}, not as \`${d.accept}\``,
  },
  'bad-parameter': {
    kind: 'input',
    message: (d: { where: 'path' | 'query' | 'header'; name: string; why: string }) =>
      `\`${d.name}\` in the ${d.where} ${d.why}`,
  },
  'bad-body': {
    kind: 'input',
    message: (d: { why: string }) => `the body of the request is not what is asked for: ${d.why}`,
  },
  'media-type': {
    kind: 'unsupported',
    exit: EXIT.no,
    message: (d: { got: string; wanted: readonly string[] }) =>
      `a body of type \`${d.got}\` is not understood: ${d.wanted.map((each) => `\`${each}\``).join(' or ')}`,
  },
  'no-length': {
    kind: 'input',
    message: () => 'the request does not say how long its body is: `Content-Length`',
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; limit: number }) => `${d.what} has more than ${d.limit} bytes`,
  },
  incomplete: {
    kind: 'input',
    message: (d: { got: number; expected: number }) => `the body ended after ${d.got} of ${d.expected} bytes`,
  },
  gone: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: () => 'the caller has gone, or was too slow',
  },
  'wrong-hash': {
    kind: 'integrity',
    exit: EXIT.no,
    message: (d: { expected: string; got: string }) =>
      `the bytes have the SHA-256 \`${d.got}\`, not \`${d.expected}\`; nothing was kept`,
  },
  range: {
    kind: 'input',
    message: (d: { size: number }) => `the range lies outside of the ${d.size} bytes that there are`,
  },
  'too-fast': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { perSecond: number; waitMs: number }) => `more requests with this token than ${d.perSecond} a second`,
    hint: () => 'wait for as long as `Retry-After` says',
  },
  busy: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { limit: number }) => `${d.limit} requests are being answered already`,
    hint: () => 'wait for as long as `Retry-After` says',
  },
  closing: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: () => 'the server is about to end',
  },
  killed: {
    kind: 'unavailable',
    exit: EXIT.unchecked,
    message: () => 'the server was ended before it was done: what was asked may have happened',
    hint: () => 'repeat a call with its key: the ledger knows how it ended',
  },
  'no-gateway': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: () => 'this server calls no tools: nobody is set who acts here',
    hint: () => 'where the server runs: `git gatos config set actor ACTOR` and `git gatos config set key KEY`',
  },
  bug: {
    kind: 'internal',
    message: (d: { request: string }) =>
      `something broke in the server that is a bug of ours (request \`${d.request}\`)`,
    hint: () => 'what broke stands in the log of the server',
  },
});

const WHY_NO_TOKEN = {
  unknown: 'this token is not known here',
  expired: 'this token has expired',
  revoked: 'this token was revoked',
  malformed: 'this is no token: `Authorization` says something else than `Bearer TOKEN`',
} as const;

export const httpServerError = errorArea('http-server', {
  'bad-address': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { text: string; why: string }) => `\`${d.text}\` is no address to listen on: ${d.why}`,
    hint: () => 'say `HOST:PORT`, such as `127.0.0.1:8090` or `[::1]:8090`; port 0 is any that is free',
  },
  'public-address': {
    kind: 'denied',
    exit: EXIT.usage,
    message: (d: { address: string }) =>
      `\`${d.address}\` can be reached from other machines, and tokens would pass unencrypted`,
    hint: () => 'say `--tls-cert` and `--tls-key`, listen on 127.0.0.1 behind a proxy, or insist: `--without-tls`',
  },
  'cannot-listen': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { address: string; why: string }) => `could not listen on \`${d.address}\`: ${d.why}`,
  },
  'bad-tls': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `cannot use \`${d.path}\` for TLS: ${d.why}`,
  },
});

export const tokenError = errorArea('tokens', {
  malformed: {
    kind: 'integrity',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be read, so no token counts: ${d.why}`,
    hint: (d: { path: string }) => `mend it, or remove \`${d.path}\` and make new tokens`,
  },
  exposed: {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { path: string; why: string }) => `\`${d.path}\` is not safe, so no token counts: ${d.why}`,
    hint: (d: { path: string }) => `make it yours alone: \`chmod 600 ${d.path}\``,
  },
  'no-such-token': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no token \`${d.id}\``,
    hint: () => '`git gatos serve token list` lists them',
  },
  'too-many': {
    kind: 'limit',
    message: (d: { limit: number }) => `there are ${d.limit} tokens already`,
    hint: () => 'revoke those that nobody needs: `git gatos serve token revoke ID`',
  },
  'bad-scope': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { scope: string; known: readonly string[] }) => `there is no scope \`${d.scope}\``,
    hint: (d: { known: readonly string[] }) => `scopes are ${d.known.map((each) => `\`${each}\``).join(', ')}`,
  },
  'bad-lifetime': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { days: number }) => `a token lives ${d.days} days at most`,
  },
  locked: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string }) => `tokens are being changed by another process: \`${d.path}\` is there`,
    hint: (d: { path: string }) => `when there is none, it was killed: \`rm ${d.path}\``,
  },
  unwritable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `cannot write \`${d.path}\`: ${d.why}`,
  },
});
