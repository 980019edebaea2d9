/** Messages, jobs and experiments: from when on something is told, and when nothing is. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FORGED_JOB, forge, recordOf } from '../../testing/jobs-forge.js';
import { JobsWorld, SUBMITTER, WORKER } from '../../testing/jobs-world.js';
import { listSegments, openBus, openConsumer, publishMessages } from '../bus/index.js';
import { nobleEngine } from '../identity/index.js';
import { cancelJob, releaseClaim } from '../jobs/index.js';
import { LIMITS } from '../kernel/index.js';
import { examineRepository, type Finding, type JobQueueNames } from './index.js';

const engine = nobleEngine();
const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const QUEUE = { topic: 'jobs', consumer: 'workers' };

let world: JobsWorld;
let now: number;
beforeEach(async () => {
  world = await JobsWorld.open();
  now = Math.floor(world.ports.clock.now());
});

interface Look {
  /** Microseconds after the start of the test. */
  readonly after: number;
  readonly queue?: JobQueueNames | undefined;
}

/** What is found, but that nobody has made a policy. */
async function look({ after, queue }: Look, backend = world.backend): Promise<readonly Finding[]> {
  const found = await examineRepository({ backend, engine }, { time: now + after, queue });
  return found.filter(({ code }) => code !== 'doctor/no-policy');
}

const codes = (found: readonly Finding[]): readonly string[] => found.map(({ code }) => code.slice('doctor/'.length));

async function publish(topic: string, count: number, maxMessages = 1): Promise<void> {
  const messages = Array.from({ length: count }, (_, payload) => ({ payload }));
  await publishMessages(openBus(world.ports), {
    ...(await world.as(SUBMITTER)),
    topic,
    messages,
    limits: { maxMessages },
  });
}

async function consume(topic: string, name: string, count: number): Promise<void> {
  const consumer = await openConsumer(world.ports, { ...(await world.as(WORKER)), topic, consumer: name });
  const segments = await listSegments(world.backend, topic);
  await consumer.ack({ segment: segments[count - 1]?.ulid ?? '', seq: 0 });
}

describe('topics', () => {
  it('are let alone for a month, and the segment that goes on for ever', async () => {
    await publish('t', 3);
    expect(await look({ after: 29 * DAY })).toEqual([]);
    const [found, ...others] = await look({ after: 31 * DAY });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'doctor/old-segments',
      subject: 't',
      mend: 'git gatos bus compact t --older-than 30d',
    });
    expect(found?.what).toMatch(/^2 segments of the topic `t` are older than 30d, .* \(\d+ bytes\)$/);
  });

  it('tell of consumers that have not passed what is old, and count the segments that they all have', async () => {
    await publish('t', 5);
    await consume('t', 'slow', 2);
    await consume('t', 'fast', 5);
    const found = await look({ after: 31 * DAY });
    expect(found.map(({ what }) => what)).toEqual([
      'the consumer `slow` of the topic `t` is 3 messages behind',
      expect.stringMatching(/^2 segments of the topic `t` are older/),
    ]);
    expect(found[0]?.mend).toBe('git gatos bus subscribe t --consumer slow -- COMMAND');
    expect(await look({ after: DAY })).toEqual([]);
  });

  it('say nothing of workers, whose jobs say it', async () => {
    await publish(QUEUE.topic, 3);
    await consume(QUEUE.topic, QUEUE.consumer, 1);
    const known = await look({ after: 31 * DAY, queue: QUEUE });
    expect(codes(known)).toEqual(['old-segments']);
    expect(codes(await look({ after: 31 * DAY }))).toEqual(['consumer-behind', 'old-segments']);
  });
});

describe('jobs', () => {
  it('may wait for a day', async () => {
    const { job } = await world.submitted();
    expect(await look({ after: 23 * HOUR })).toEqual([]);
    world.pass(3_600_000);
    await world.submitted({ network: true });
    const [found, ...others] = await look({ after: 26 * HOUR });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'doctor/jobs-waiting',
      subject: String(job),
      mend: 'git gatos job work --drain',
    });
    expect(found?.what).toMatch(/^2 jobs wait .*, bafy\w+ since \d{4}-/);
  });

  it('that somebody holds, or that are over, do not wait', async () => {
    const [held, ended] = [await world.submitted(), await world.submitted({ network: true })];
    await world.claim(held.job, WORKER, LIMITS.jobLeaseMs);
    await cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job: ended.job, reason: null });
    expect(await look({ after: LIMITS.jobLeaseMs * 1000, queue: QUEUE })).toMatchObject([
      { code: 'doctor/job-untold', subject: `refs/gatos/jobs/${held.job}/job` },
    ]);
  });

  it('that were given back wait; those of a worker that is gone are told when nobody took over for an hour', async () => {
    const [back, left] = [await world.submitted(), await world.submitted({ network: true })];
    const lease = await world.claim(back.job);
    await releaseClaim(world.ports, { ...(await world.as(WORKER)), lease });
    const { until } = await world.claim(left.job);
    const over = until + LIMITS.leaseSkew - now;
    expect(await look({ after: over + 59 * MINUTE })).toEqual([]);
    expect(await look({ after: over + HOUR })).toMatchObject([
      { code: 'doctor/jobs-abandoned', subject: String(left.job), what: expect.stringContaining(`by \`${WORKER}\``) },
    ]);
    expect(codes(await look({ after: 25 * HOUR }))).toEqual(['jobs-waiting', 'jobs-abandoned']);
  });

  it('are told of by a message or not; where no queue is known nothing is said', async () => {
    const [told, untold] = [await world.submitted(), await world.submitted({ network: true })];
    const messages = [{ payload: { job: String(told.job) } }, { payload: null }, { payload: { job: 7 } }];
    await publishMessages(openBus(world.ports), { ...(await world.as(SUBMITTER)), topic: 'jobs', messages });
    expect(await look({ after: 0 })).toEqual([]);
    const [found, ...others] = await look({ after: 0, queue: QUEUE });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'doctor/job-untold', fixable: true });
    expect(found?.mend).toBe(
      `git gatos bus publish jobs --type submitted --key ${untold.job} --payload '{"job":"${untold.job}","kind":"process"}'`,
    );
  });

  it('whose records do not belong together are an error, though no ref has the name of a job', async () => {
    const { backend } = await forge((job) => {
      recordOf(job.execution).body.attempt = 2;
    });
    const found = await look({ after: 0 }, backend);
    const broken = found.filter(({ severity }) => severity === 'error');
    expect(broken).toMatchObject([
      { code: 'doctor/broken-promise', subject: `refs/gatos/jobs/${FORGED_JOB}`, mend: null },
    ]);
  });
});
