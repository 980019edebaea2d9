/** A repository for one measurement, through the same adapters that the command line uses. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { applyPending, foundTrust, memoryKeyIndex, openRepository, proposeChange } from 'gatos-core';
import { loadEngine, nativeEngine, openNativeBackend, systemClock, systemRandom } from 'gatos-core/node';
import { git } from './measure.mjs';

const signLater = promisify(sign);

/** A key that exists for this run only. */
export function makeSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    key: new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')),
    source: 'bench',
    sign: async (message) => sign(null, message, privateKey),
    signMany: (messages) => Promise.all(messages.map((message) => signLater(null, message, privateKey))),
  };
}

export async function openLab(folder, { backendOf = openNativeBackend, profile = 'default' } = {}) {
  git(folder, 'init', '-q', '.');
  const backend = await backendOf(folder);
  const engine = nativeEngine();
  const signer = makeSigner();
  const author = { actor: 'user:bench', signer };
  const ports = { backend, engine, clock: systemClock, random: systemRandom };
  await foundTrust(ports, { profile, ...author });
  const repository = openRepository({
    ...ports,
    author: async () => author,
    sandbox: loadEngine,
    keys: memoryKeyIndex(),
  });
  return { repository, backend, engine, ports, author, close: () => repository.close() };
}

/** Lets the one actor of a lab issue capabilities for tools: his writer from then on. */
export async function mayIssue({ repository, ports, author }) {
  const changes = [{ op: 'set-group', name: 'cap-tool', members: [author.actor] }];
  await applyPending(ports, (await proposeChange(ports, { ...author, changes })).bytes);
  return repository.writer();
}

/** Appends events in calls of `perCall`, envelopes of `perEnvelope`. */
export async function appendAll({ repository }, events, { perEnvelope, perCall = 10_000 }) {
  for (let i = 0; i < events.length; i += perCall) {
    await repository.emit(events.slice(i, i + perCall), { ns: 'default', perEnvelope });
  }
}
