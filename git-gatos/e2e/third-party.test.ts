/** Others' tools agree: OpenSSH keys and agents sign, and openssl and ssh-keygen verify. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

function sshKey(name: string, passphrase = ''): string {
  const path = stage.at(name);
  const made = stage.run([
    'ssh-keygen',
    '-q',
    '-t',
    'ed25519',
    '-N',
    passphrase,
    '-C',
    `${name}@example.org`,
    '-f',
    path,
  ]);
  expect(made.stderr).toBe('');
  return path;
}

describe.skipIf(!has('ssh-keygen'))('OpenSSH', () => {
  it('a key made by ssh-keygen signs events', () => {
    const key = sshKey('id');
    stage.gatos(['init', '--actor', 'user:alice', '--key', key]);
    stage.gatos(['emit', '--type', 'x', '--payload', '1']);
    expect(stage.run(['git', 'gatos', 'verify']).status).toBe(0);
    const shown = stage.gatos(['key', 'show', '--ssh']).split(' ').slice(0, 2).join(' ');
    expect(readFileSync(`${key}.pub`, 'utf8')).toContain(shown);
  });

  it('the signing key of git is used when git signs with SSH', () => {
    const key = sshKey('id');
    stage.git(['config', '--global', 'gpg.format', 'ssh']);
    stage.git(['config', '--global', 'user.signingkey', `${key}.pub`]);
    const { publicKey } = stage.json(['init']) as { publicKey: string };
    stage.gatos(['emit', '--type', 'x']);
    expect(stage.json(['key', 'show'])).toMatchObject({ key: publicKey });
    expect(stage.json(['key', 'show', key])).toMatchObject({ key: publicKey });
  });

  it('an agent signs for a sealed key', async () => {
    const key = sshKey('sealed', 'correct horse');
    const askpass = stage.at('askpass');
    writeFileSync(askpass, "#!/bin/sh\necho 'correct horse'\n", { mode: 0o755 });
    const socket = stage.at('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      for (let i = 0; i < 100 && !existsSync(socket); i++) await new Promise((resolve) => setTimeout(resolve, 20));
      const env = { SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
      expect(stage.run(['ssh-add', '-q', key], { env }).status).toBe(0);
      stage.gatos(['init', '--actor', 'user:alice', '--key', `${key}.pub`], { env });
      stage.gatos(['emit', '--type', 'x'], { env });
      // Half a megabyte of rows: an agent signs a quarter at most, so they take several envelopes.
      const rows = Array.from({ length: 500 }, (_, i) => JSON.stringify({ i, text: 'x'.repeat(1000) })).join('\n');
      stage.gatos(['import', '-', '--format', 'ndjson', '--type', 'row'], { env, input: rows });
      expect(stage.json(['log'], { env })).toHaveLength(501);
      expect(stage.run(['git', 'gatos', 'verify'], { env }).status).toBe(0);
    } finally {
      agent.kill();
    }
  });

  it('the allowed signers file is accepted by ssh-keygen -Y', () => {
    const key = sshKey('id');
    stage.gatos(['init', '--actor', 'user:alice', '--key', key]);
    const signers = stage.at('allowed_signers');
    writeFileSync(signers, `${stage.gatos(['trust', 'export', '--allowed-signers'])}\n`);
    writeFileSync(stage.at('text'), 'signed by the same key\n');
    expect(stage.run(['ssh-keygen', '-q', '-Y', 'sign', '-f', key, '-n', 'file', stage.at('text')]).status).toBe(0);
    const verify = (input: string) =>
      stage.run(
        ['ssh-keygen', '-Y', 'verify', '-f', signers, '-I', 'user:alice', '-n', 'file', '-s', stage.at('text.sig')],
        { input },
      );
    expect(verify('signed by the same key\n').status).toBe(0);
    expect(verify('signed by another key\n').status).not.toBe(0);
  });
});

describe.skipIf(!has('openssl'))('openssl', () => {
  it('verifies an exported DSSE envelope, and refuses an altered one', () => {
    stage.gatos(['init', '--actor', 'user:alice']);
    const cid = stage.gatos(['emit', '--type', 'add', '--payload', '{"n":10}']);
    const dsse = JSON.parse(stage.gatos(['show', '--dsse', cid])) as {
      payload: string;
      payloadType: string;
      signatures: [{ sig: string }];
    };
    writeFileSync(stage.at('key.pem'), `${stage.gatos(['key', 'show', '--pem'])}\n`);
    writeFileSync(stage.at('sig'), Buffer.from(dsse.signatures[0].sig, 'base64'));
    const payload = Buffer.from(dsse.payload, 'base64');
    const verify = (bytes: Buffer) => {
      const head = `DSSEv1 ${dsse.payloadType.length} ${dsse.payloadType} ${bytes.length} `;
      writeFileSync(stage.at('message'), Buffer.concat([Buffer.from(head), bytes]));
      const files = ['-inkey', stage.at('key.pem'), '-in', stage.at('message'), '-sigfile', stage.at('sig')];
      return stage.run(['openssl', 'pkeyutl', '-verify', '-pubin', '-rawin', ...files]).status;
    };
    expect(verify(payload)).toBe(0);
    payload[payload.length - 1] = (payload[payload.length - 1] ?? 0) ^ 1;
    expect(verify(payload)).not.toBe(0);
  });
});
