import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeSshKey, formatFingerprint, nobleSigner, parseSshKey } from '../../src/identity/index.js';
import { concatBytes, GatosError, LIMITS, utf8 } from '../../src/kernel/index.js';
import { AGENT_SIGN_BYTES } from './agent-protocol.js';
import { agentSigner, listAgentKeys, loadPublicKey, loadSigner, nativeEngine } from './index.js';
import { encodeUint32, encodeWireString } from './ssh-wire.js';

const folder = mkdtempSync(join(tmpdir(), 'gatos-agent-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nobody = async (): Promise<null> => null;

async function codeOf(body: () => Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await body())}`;
  } catch (error) {
    return error instanceof GatosError ? error.code : `not typed: ${String(error)}`;
  }
}

const hasTools = ['ssh-agent', 'ssh-add', 'ssh-keygen'].every((tool) => spawnSync(tool, ['-?']).error === undefined);

describe.skipIf(!hasTools)('a real ssh-agent (skipped without OpenSSH)', () => {
  const socket = join(folder, 'real.sock');
  let agent: ChildProcess;
  const key = (name: string): string => join(folder, name);
  const publicKey = (name: string): Uint8Array => parseSshKey(readFileSync(`${key(name)}.pub`, 'utf8'), name).key;
  const sshAdd = (...options: string[]): void => {
    execFileSync('ssh-add', ['-q', ...options], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
  };
  const env = { SSH_AUTH_SOCK: socket, HOME: folder };

  beforeAll(async () => {
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    // It prints its environment once it listens.
    if (agent.stdout !== null) await once(agent.stdout, 'data');
    for (const name of ['one', 'two', 'absent', 'sealed']) {
      execFileSync('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        name === 'sealed' ? 'secret phrase' : '',
        '-a',
        '2',
        '-C',
        name,
        '-f',
        key(name),
      ]);
    }
    execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', key('ecdsa')]);
    sshAdd(key('one'), key('ecdsa'), key('two'));
  });
  afterAll(async () => {
    const ended = once(agent, 'exit');
    agent.kill();
    await ended;
  });

  it('lists the Ed25519 keys and leaves others out', async () => {
    const keys = await listAgentKeys({ socket });
    expect(keys.map((identity) => formatFingerprint(identity.key))).toEqual(
      ['one', 'two'].map((name) => formatFingerprint(publicKey(name))),
    );
  });

  it.each([0, 1, 1000, AGENT_SIGN_BYTES])('signs %i bytes exactly as they are', async (length) => {
    const signer = await agentSigner({ key: publicKey('two'), socket });
    const message = new Uint8Array(length).fill(length % 251);
    expect(nativeEngine().verify({ key: publicKey('two'), message, signature: await signer.sign(message) })).toBe(true);
    expect(signer.maxMessageBytes).toBe(AGENT_SIGN_BYTES);
    expect(signer.source).toContain('ssh-agent');
  });

  it('says before sending that a message is too large', async () => {
    const signer = await agentSigner({ key: publicKey('one'), socket });
    expect(await codeOf(() => signer.sign(new Uint8Array(AGENT_SIGN_BYTES + 1)))).toBe('identity/agent-too-large');
  });

  it('signs many messages at once', async () => {
    const signer = await agentSigner({ key: publicKey('one'), socket });
    const messages = Array.from({ length: 50 }, (_, i) => utf8(`message ${i}`));
    const signatures = await Promise.all(messages.map((message) => signer.sign(message)));
    const items = messages.map((message, i) => ({ key: signer.key, message, signature: signatures[i] as Uint8Array }));
    expect(await nativeEngine().verifyMany(items)).toEqual(new Array(50).fill(true));
  });

  it('has no signer for a key that it lacks', async () => {
    expect(await codeOf(() => agentSigner({ key: publicKey('absent'), socket }))).toBe('identity/agent-no-key');
  });

  it.each([
    ['the fingerprint', () => `agent:${formatFingerprint(publicKey('two'))}`],
    ['the public key file', () => `${key('two')}.pub`],
    ['the public key line', () => readFileSync(`${key('two')}.pub`, 'utf8').trim()],
    ['the line as git writes it', () => `key::${readFileSync(`${key('two')}.pub`, 'utf8').trim()}`],
  ])('is found by %s', async (_, source) => {
    const signer = await loadSigner({ source: source(), passphrase: nobody, env });
    expect(signer.key).toEqual(publicKey('two'));
    expect(await loadPublicKey({ source: source(), env })).toEqual(publicKey('two'));
    expect(
      nativeEngine().verify({ key: signer.key, message: utf8('m'), signature: await signer.sign(utf8('m')) }),
    ).toBe(true);
  });

  it('is not needed for a public key whose secret file lies beside it', async () => {
    const signer = await loadSigner({ source: `${key('absent')}.pub`, passphrase: nobody, env });
    expect(signer).toMatchObject({ key: publicKey('absent'), source: key('absent') });
  });

  it('opens a sealed key without asking for its passphrase, once it holds it', async () => {
    const asked: string[] = [];
    const passphrase = async (): Promise<string> => {
      asked.push('asked');
      return 'secret phrase';
    };
    expect((await loadSigner({ source: key('sealed'), passphrase, env })).source).toBe(key('sealed'));
    expect(asked).toEqual(['asked']);
    const askpass = join(folder, 'askpass');
    writeFileSync(askpass, '#!/bin/sh\necho secret phrase\n', { mode: 0o700 });
    const added = spawnSync('ssh-add', ['-q', key('sealed')], {
      env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
    });
    expect(added.status).toBe(0);
    expect((await loadSigner({ source: key('sealed'), passphrase, env })).source).toContain('ssh-agent');
    expect(asked).toEqual(['asked']);
  });

  it('a key removed after loading is refused, not signed with another', async () => {
    const signer = await agentSigner({ key: publicKey('one'), socket });
    sshAdd('-d', key('one'));
    expect(await codeOf(() => signer.sign(utf8('m')))).toBe('identity/agent-refused');
    sshAdd(key('one'));
  });
});

describe('an agent that is not there', () => {
  it.each([
    ['no socket', join(folder, 'none.sock')],
    ['a file instead', import.meta.filename],
  ])('%s', async (_, socket) => {
    expect(await codeOf(() => listAgentKeys({ socket }))).toBe('identity/agent-unavailable');
  });

  it('no variable', async () => {
    const fingerprint = formatFingerprint(new Uint8Array(32));
    expect(await codeOf(() => loadSigner({ source: `agent:${fingerprint}`, passphrase: nobody, env: {} }))).toBe(
      'identity/agent-unavailable',
    );
    expect(
      await codeOf(() => loadSigner({ source: 'agent:SHA256:x', passphrase: nobody, env: { SSH_AUTH_SOCK: '/x' } })),
    ).toBe('identity/fingerprint');
  });
});

describe('an agent that misbehaves', () => {
  const servers: Server[] = [];
  const connections = new Set<Socket>();
  afterEach(async () => {
    for (const connection of connections) connection.destroy();
    for (const server of servers.splice(0)) {
      server.close();
      await once(server, 'close');
    }
  });

  /** An agent that answers every request with what `reply` does. */
  const fake = async (reply: (connection: Socket, request: Uint8Array) => void): Promise<string> => {
    const socket = join(folder, `fake-${servers.length}-${Math.floor(performance.now() * 1000)}.sock`);
    const server = createServer((connection) => {
      connections.add(connection);
      connection.on('error', () => connection.destroy());
      connection.on('data', (request) => reply(connection, request));
    });
    servers.push(server);
    server.listen(socket);
    await once(server, 'listening');
    return socket;
  };
  const holder = nobleSigner({ seed: new Uint8Array(32).fill(4), source: 'test' });
  const other = nobleSigner({ seed: new Uint8Array(32).fill(5), source: 'test' });
  const identities = encodeWireString(
    concatBytes([
      new Uint8Array([12]),
      encodeUint32(1),
      encodeWireString(encodeSshKey(holder.key)),
      encodeWireString(utf8('c')),
    ]),
  );
  const signature = (bytes: Uint8Array, algorithm = 'ssh-ed25519'): Uint8Array =>
    encodeWireString(
      concatBytes([
        new Uint8Array([14]),
        encodeWireString(concatBytes([encodeWireString(utf8(algorithm)), encodeWireString(bytes)])),
      ]),
    );

  const listCode = async (...chunks: readonly Uint8Array[]): Promise<string> => {
    const socket = await fake((connection) => {
      for (const chunk of chunks) connection.write(chunk);
    });
    return codeOf(() => listAgentKeys({ socket, patience: { list: 1000, sign: 1000 } }));
  };

  it.each([
    ['failure', encodeWireString(new Uint8Array([5])), 'identity/agent-refused'],
    ['a reply to another question', encodeWireString(new Uint8Array([6])), 'identity/agent-reply'],
    ['an empty reply', encodeWireString(new Uint8Array(0)), 'identity/agent-reply'],
    ['a length of 4 GiB', new Uint8Array([255, 255, 255, 255]), 'identity/agent-reply'],
    ['a length above the bound', encodeUint32(LIMITS.agentMessageBytes + 1), 'identity/agent-reply'],
    [
      'a count of keys above the bound',
      encodeWireString(concatBytes([new Uint8Array([12]), encodeUint32(LIMITS.agentKeys + 1)])),
      'identity/agent-reply',
    ],
    [
      'fewer keys than counted',
      encodeWireString(concatBytes([new Uint8Array([12]), encodeUint32(2)])),
      'identity/agent-reply',
    ],
    ['bytes after the list', encodeWireString(new Uint8Array([12, 0, 0, 0, 0, 1])), 'identity/agent-reply'],
    ['more than one reply', concatBytes([identities, identities]), 'identity/agent-reply'],
  ])('%s', async (_, bytes, code) => {
    expect(await listCode(bytes)).toBe(code);
  });

  it('a reply in pieces is a reply', async () => {
    const socket = await fake((connection) => {
      connection.setNoDelay(true);
      let at = 0;
      const timer = setInterval(() => {
        if (at >= identities.length) clearInterval(timer);
        else connection.write(identities.subarray(at, ++at));
      }, 1);
    });
    expect(await listAgentKeys({ socket })).toEqual([{ key: holder.key }]);
  });

  it('silence ends in time', async () => {
    const socket = await fake(() => undefined);
    expect(await codeOf(() => listAgentKeys({ socket, patience: { list: 100, sign: 100 } }))).toBe(
      'identity/agent-unavailable',
    );
  });

  it('a closed connection is no answer', async () => {
    const socket = await fake((connection) => connection.end());
    expect(await codeOf(() => listAgentKeys({ socket }))).toBe('identity/agent-unavailable');
  });

  const signCode = async (answer: (request: Uint8Array) => Promise<Uint8Array>): Promise<string> => {
    const socket = await fake((connection, request) => {
      if (request[4] === 11) connection.write(identities);
      else answer(request).then((bytes) => connection.write(bytes));
    });
    const signer = await agentSigner({ key: holder.key, socket, patience: { list: 1000, sign: 1000 } });
    return codeOf(async () => (await signer.sign(utf8('m'))).length);
  };

  it('a good signature passes, so that the cases below mean something', async () => {
    expect(await signCode(async () => signature(await holder.sign(utf8('m'))))).toBe('no error: 64');
  });

  it.each([
    ['a signature of another message', async () => signature(await holder.sign(utf8('n'))), 'identity/bad-signature'],
    ['a signature by another key', async () => signature(await other.sign(utf8('m'))), 'identity/bad-signature'],
    ['zeros', async () => signature(new Uint8Array(64)), 'identity/bad-signature'],
    ['63 bytes', async () => signature(new Uint8Array(63)), 'identity/agent-reply'],
    ['another algorithm', async () => signature(await holder.sign(utf8('m')), 'ssh-rsa'), 'identity/agent-reply'],
    ['a failure', async () => encodeWireString(new Uint8Array([5])), 'identity/agent-refused'],
  ])('%s is refused', async (_, answer, code) => {
    expect(await signCode(answer)).toBe(code);
  });
});
