/** Verifying the law of a repository with the rest: adopted policies, and what was granted on whose approval. */
import { describe, expect, it } from 'vitest';
import { faults, sound } from '../../testing/filled-world.js';
import { FORGED_ULID, Forge, forgeGrant } from '../../testing/governance-forge.js';
import { ROOT, testCid } from '../../testing/governance-world.js';
import { HandMade, testSigner } from '../../testing/hand-made.js';
import { LawWorld, lawFiles, lawSigner } from '../../testing/law-world.js';
import { attachFile, type NewFile, refOfChain } from '../chain/index.js';
import type { Value } from '../codec/index.js';
import { EXIT, exitOfReport } from '../kernel/index.js';
import { BUNDLE_KIND, POLICY_CHAIN, readSources } from '../policy/index.js';
import { TRUST_CHAIN } from '../trust/index.js';
import { verifyRepository } from './index.js';

const LAW = { 'one.rgs': 'deny "one" message "one" when { input.pusher == "one" }\n' };
const OTHER = { 'one.rgs': 'deny "one" message "one" when { input.pusher == "two" }\n' };

/** An adoption signed by two roots whose compiled form is that of other sources. */
async function forgeLaw(world: LawWorld): Promise<void> {
  const { repo, head } = await world.trust();
  const [real, shown] = [readSources(lawFiles(OTHER)), lawFiles(LAW)];
  const files: NewFile[] = [
    { path: 'bundle.rgc', bytes: real.code },
    ...shown.map(({ path, bytes }) => ({ path: `sources/${path}`, bytes })),
  ];
  const attachments = files.map(attachFile);
  const body = { language: 1, modules: ['one.rgs'], adrs: [], policy_code_root: real.codeRoot, note: '', attachments };
  const { backend } = world;
  const chain = new HandMade({ chain: POLICY_CHAIN, kind: BUNDLE_KIND, repo, backend, clock: head.clock + 1 });
  const signers = ['user:alice', 'user:bob'].map(lawSigner);
  await chain.add({ bodies: [body as unknown as Value], files, signers });
}

describe('adopted policies', () => {
  it('pass', async () => {
    const world = await LawWorld.open(2);
    await world.adopt(LAW);
    await world.adopt(OTHER);
    const { report, totals } = await verifyRepository(world.ports);
    expect(faults(report)).toEqual([]);
    expect(sound(report)).toEqual([POLICY_CHAIN, TRUST_CHAIN]);
    expect(totals).toMatchObject({ chains: 2, envelopes: 4 });
    const checks = report.checks.filter(({ name }) => name === 'policy-code');
    expect(checks).toMatchObject([{ outcome: 'pass', evidence: { policies: 2 } }]);
  });

  it('fail when their code is not that of their sources, whoever signed', async () => {
    const world = await LawWorld.open(2);
    await forgeLaw(world);
    const { report } = await verifyRepository(world.ports);
    expect(faults(report)).toEqual(['policies/active: policy-code, policy/other-code']);
    expect(exitOfReport(report)).toBe(EXIT.mismatch);
    const part = await verifyRepository(world.ports, { only: ['journal/'] });
    expect(faults(part.report)).toEqual(['journal/: ref, chain/no-such-chain']);
  });

  it('fail when one key made them law', async () => {
    const world = await LawWorld.open(2);
    const { repo, head } = await world.trust();
    const { backend } = world;
    const bundle = readSources(lawFiles({}));
    const files = [{ path: 'bundle.rgc', bytes: bundle.code }];
    const attachments = files.map(attachFile);
    const body = { language: 1, modules: [], adrs: [], policy_code_root: bundle.codeRoot, note: '', attachments };
    const chain = new HandMade({ chain: POLICY_CHAIN, kind: BUNDLE_KIND, repo, backend, clock: head.clock + 1 });
    await chain.add({ bodies: [body as unknown as Value], files, signers: [testSigner(1)] });
    const { report } = await verifyRepository(world.ports);
    expect(faults(report)).toEqual(['policies/active: signer, trust/threshold']);
    expect(exitOfReport(report)).toBe(EXIT.untrusted);
  });

  it('could not be judged without the trust chain, and are compiled all the same', async () => {
    const world = await LawWorld.open(2);
    await forgeLaw(world);
    const ref = refOfChain(TRUST_CHAIN);
    const { refs } = world.backend;
    await refs.transaction([{ name: ref, expected: await refs.read(ref), next: null }]);
    const { report } = await verifyRepository(world.ports);
    expect(faults(report)).toEqual([
      'trust: history, trust/no-genesis',
      'policies/active: signer, verify/no-trust',
      'policies/active: policy-code, policy/other-code',
    ]);
  });
});

describe('what was granted', () => {
  it('passes when the proof holds', async () => {
    const forge = await Forge.open();
    await forgeGrant(forge);
    const { report } = await verifyRepository(forge.world.ports);
    expect(faults(report)).toEqual([]);
    const chain = `grants/${FORGED_ULID}`;
    expect(report.checks.filter(({ name }) => name === 'grant')).toMatchObject([{ outcome: 'pass', subject: chain }]);
    const part = await verifyRepository(forge.world.ports, { only: ['proposals/'] });
    expect(part.report.checks.some(({ name }) => name === 'grant')).toBe(false);
  });

  it('fails when the proof does not, though every chain is valid', async () => {
    const forge = await Forge.open();
    const proposal = await forge.proposal();
    const consensus = await forge.consensus(proposal, [testCid('an approval that nobody gave')]);
    await forge.grant(proposal, consensus);
    const { report } = await verifyRepository(forge.world.ports);
    expect(report.outcome).toBe('fail');
    const bad = report.checks.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name);
    expect(new Set(bad)).toEqual(new Set(['consensus', 'grant']));
    expect((await forge.world.as(ROOT)).trust.state.roots).toEqual([ROOT]);
  });
});
