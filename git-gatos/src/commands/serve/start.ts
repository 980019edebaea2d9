import { parseListenAddress, type ServedHttp, type ServedRequest, serveHttp } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { VERSION } from '../../version.js';
import { noteToolLog } from '../../view/tool-log.js';
import { serveError } from './errors.js';

export const command = defineCommand({
  name: 'serve',
  summary: 'answer programs over HTTP: tools, ledger, blobs, capabilities',
  description: `
Stays, and answers requests on the address that it prints: calls of tools through the gateway, the ledger of effects, blobs and their chunks, capabilities.
\`GET /v1/openapi.json\` tells all of it to programs. Whoever asks needs a token: \`git gatos serve token create\`.

Calls are made as whoever is set here (\`git gatos config get actor\`), who signs their receipts, and under a capability that was issued to that key. A token never allows
more than that.

Others on this machine can reach 127.0.0.1 and nobody else can. An address that other machines reach is refused without TLS: give a certificate and its key, or put a proxy in front of
it; \`--without-tls\` insists.

After the first SIGINT or SIGTERM it takes no more requests and ends with 0 when those that it has taken are answered. A second one gives up what runs, and ends with 130. What becomes of a
call that is given up, or killed with the server, is decided by the ledger. A line on standard error tells of every request, without anything secret.
`,
  options: {
    listen: {
      kind: 'parsed',
      parse: parseListenAddress,
      placeholder: 'HOST:PORT',
      summary: 'where to listen; port 0 is any that is free; default: 127.0.0.1:8090',
    },
    tlsCert: { kind: 'path', placeholder: 'FILE', summary: 'certificate chain (PEM)', complete: 'files' },
    tlsKey: { kind: 'path', placeholder: 'FILE', summary: 'key of the certificate (PEM)', complete: 'files' },
    withoutTls: { kind: 'flag', summary: 'listen where other machines can reach it, although nothing is encrypted' },
    concurrency: {
      kind: 'int',
      short: 'j',
      min: 1,
      max: 4096,
      placeholder: 'N',
      summary: 'requests that are answered at the same time; default: 64',
    },
    rate: {
      kind: 'int',
      min: 1,
      max: 1_000_000,
      placeholder: 'N',
      summary: 'requests a second of each token; default: 100',
    },
  },
  examples: [
    { command: 'git gatos serve', note: 'for programs on this machine, until it is interrupted' },
    { command: 'git gatos serve --listen 127.0.0.1:0 --json', note: 'on any port that is free, told as JSON' },
    {
      command: 'git gatos serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem',
      note: 'for other machines',
    },
  ],
  exits: ['untrusted', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['serve token create', 'tool list', 'cap issue', 'blob sync'],
  run: async (context, { listen, tlsCert, tlsKey, withoutTls, concurrency, rate }) => {
    if ((tlsCert === undefined) !== (tlsKey === undefined)) throw serveError('half-tls', {});
    const workspace = await context.openRepository();
    const stop = context.unhurried();
    const kill = context.hurry;
    const served = await serveHttp({
      workspace,
      env: context.env,
      version: VERSION,
      listen,
      tls: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey },
      withoutTls,
      limits: {
        ...(concurrency === undefined ? {} : { concurrent: concurrency }),
        ...(rate === undefined ? {} : { perSecond: rate, burst: 2 * rate }),
      },
      onRequest: (request) => tell(context, request),
      onToolLog: (log) => noteToolLog(context, log),
    });
    if (served.agent === null) context.note('nobody is set who acts here, so no tool is called');
    onAbort(stop, () => served.close());
    onAbort(kill, () => served.kill());
    return { lines: linesOf(context, served, kill) };
  },
});

function onAbort(signal: AbortSignal, body: () => Promise<void>): void {
  const act = (): void => void body();
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

/** The address at once, so that whoever started it may read it; then nothing until it has ended. */
async function* linesOf({ json }: Context, served: ServedHttp, kill: AbortSignal): AsyncGenerator<string> {
  const { url, agent } = served;
  try {
    yield json ? JSON.stringify({ agent: agent?.actor ?? null, url }) : `listening on ${url}`;
    await served.ended;
    kill.throwIfAborted();
  } finally {
    await served.close();
  }
}

function tell(context: Context, request: ServedRequest): void {
  const { method, path, status, ms, actor, code, id, bug } = request;
  const who = actor === null ? '' : ` ${actor}`;
  context.note(`${method} ${path} ${status} ${Math.round(ms)} ms${who}${code === null ? '' : ` ${code}`} (${id})`);
  if (bug !== null) context.note(bug instanceof Error ? (bug.stack ?? bug.message) : String(bug));
}
