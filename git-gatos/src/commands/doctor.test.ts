import { REPOSITORY_SYMPTOMS, type Symptom } from 'gatos-core';
import { CLONE_SYMPTOMS } from 'gatosd';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOB_CASES } from '../../testing/doctor/blob-cases.js';
import type { Case } from '../../testing/doctor/case.js';
import { CLONE_CASES, GATE_CASES } from '../../testing/doctor/clone-cases.js';
import { EFFECT_CASES } from '../../testing/doctor/effect-cases.js';
import { LAW_CASES } from '../../testing/doctor/law-cases.js';
import { REPOSITORY_CASES } from '../../testing/doctor/repository-cases.js';
import { WORK_CASES } from '../../testing/doctor/work-cases.js';
import { DoctorWorld } from '../../testing/doctor/world.js';

const CASES: readonly Case[] = [
  ...REPOSITORY_CASES,
  ...LAW_CASES,
  ...CLONE_CASES,
  ...GATE_CASES,
  ...WORK_CASES,
  ...EFFECT_CASES,
  ...BLOB_CASES,
];
const SYMPTOMS = { ...REPOSITORY_SYMPTOMS, ...CLONE_SYMPTOMS };
type Code = keyof typeof SYMPTOMS;

const sources = { default: new DoctorWorld(), research: new DoctorWorld() };

beforeAll(async () => {
  await sources.default.fill();
  await sources.research.fill('research');
});
afterAll(() => {
  for (const world of Object.values(sources)) world.dispose();
});

/** A world of its own for as long as `body` takes. */
async function inWorld<T>(
  { from = 'default' }: Pick<Case, 'from'>,
  body: (world: DoctorWorld) => Promise<T>,
): Promise<T> {
  const world = sources[from].copy();
  try {
    return await body(world);
  } finally {
    world.dispose();
  }
}

const named = CASES.map((each) => [each.note === undefined ? each.code : `${each.code}: ${each.note}`, each] as const);

describe('each finding', () => {
  it('has a case here, and each case is a finding', () => {
    expect([...new Set(CASES.map(({ code }) => code))].sort()).toEqual(Object.keys(SYMPTOMS).sort());
  });

  it.each(named)('%s', { timeout: 60_000 }, (_, each) =>
    inWorld(each, async (world) => {
      const cwd = each.where?.(world) ?? world.work;
      await each.provoke(world);
      const code = `doctor/${each.code}`;
      const before = await world.doctor(cwd);
      const [found] = before.findings.filter((finding) => finding.code === code);
      const symptom = SYMPTOMS[each.code as Code];
      expect(before.findings.map((finding) => finding.code)).toContain(code);
      expect(found).toMatchObject({ severity: symptom.severity, why: symptom.why });
      expect(found?.what).not.toMatch(/[{}]/);
      expect(before.exit).toBe(before.findings.some(({ severity }) => severity === 'error') ? 1 : 0);
      expect(found?.mend === null).toBe(each.mend === null);
      if (found === undefined || found.mend === null) return;
      await (each.mend ?? ((it, line) => it.shell(cwd, line)))(world, found.mend);
      const after = await world.doctor(cwd);
      expect(after.findings.filter((finding) => finding.code === code)).toEqual([]);
    }),
  );
});

describe('each finding that --fix mends', () => {
  const fixable = named.filter(([, { code }]) => (SYMPTOMS[code as Code] as Symptom).fixable === true);

  it('is one of these', () => {
    expect(new Set(fixable.map(([, { code }]) => code)).size).toBe(9);
  });

  it.each(fixable)('%s', { timeout: 60_000 }, (_, each) =>
    inWorld(each, async (world) => {
      const cwd = each.where?.(world) ?? world.work;
      await each.provoke(world);
      const code = `doctor/${each.code}`;
      const { findings, mended, failed } = await world.doctor(cwd, '--fix');
      expect(mended.map((mend) => mend.code)).toContain(code);
      expect(failed).toEqual([]);
      expect(findings.filter((finding) => finding.code === code)).toEqual([]);
    }),
  );
});
