/**
 * A bundle of 40 rules on a push of 1,000 paths, against Cedar (WebAssembly) answering one question a path under the same 40
 * rules, parsed before; and how long it takes to compile such a bundle and make it the law.
 */
import { isDeepStrictEqual } from 'node:util';
import { applyAdoption, completeInput, preparePolicy, proposeAdoption, readSources } from 'gatos-core';
import { openLab } from '../lab.mjs';
import { inFolder, median, milliseconds, paired, perSecond, seconds } from '../measure.mjs';

const RULES = 40;
const REF = 'refs/heads/main';
const LEADS = ['user:alice', 'user:bob', 'user:carol'];

/** Kinds of rules in turn: what a path must not be, as a line of both languages. */
const KINDS = [
  (at) => ({
    ours: `path.within("src/part${at}", change.path)\n  not agreed("part-${at}", u.ref)`,
    cedar: `context.path like "src/part${at}/*" && !context.granted.contains("part-${at}")`,
  }),
  (at) => ({
    ours: `glob.match("lib${at}/**", change.path)\n  commit.signer == null`,
    cedar: `context.path like "lib${at}/*" && !context.signed`,
  }),
  (at) => ({
    ours: `ends_with(change.path, ".bin${at}")`,
    cedar: `context.path like "*.bin${at}"`,
  }),
  (at) => ({
    ours: `starts_with(change.path, "assets${at}/")\n  change.size != null\n  change.size > ${at * 1000}`,
    cedar: `context.path like "assets${at}/*" && context.size > ${at * 1000}`,
  }),
  (at) => ({
    ours: `glob.match("tools${at}/**/*.sh", change.path)\n  change.mode != "100755"`,
    cedar: `context.path like "tools${at}/*.sh" && context.mode != "100755"`,
  }),
];

const COMMON = `rule changed(u, commit, change) if {
  u in input.updates
  commit in u.commits
  change in commit.changes
}
rule agreed(action, target) if {
  granted(action, target, who)
  count { a | a in who; member("@leads", a) } >= 2
}
`;

function policies() {
  const ours = [COMMON];
  const cedar = ['permit(principal, action, resource);'];
  for (let at = 0; at < RULES; at++) {
    const kind = KINDS[at % KINDS.length](at);
    ours.push(
      `deny "rule-${at}" message "{change.path}" when {\n  changed(u, commit, change)\n  ${kind.ours}\n  u.name != "draft"\n}`,
    );
    cedar.push(`forbid(principal, action, resource) when { ${kind.cedar} && context.ref != "draft" };`);
  }
  return { ours: `${ours.join('\n')}\n`, cedar: cedar.join('\n') };
}

/** One path in fifty is guarded: 19 are refused, one is saved by its grant. The others are nobody's business. */
function pathOf(at) {
  const rule = ((at / 50) % RULES) | 0;
  if (at % 50 !== 0) return `docs/chapter${at % 7}/page${at}.md`;
  return [
    `src/part${rule}/a${at}.ts`,
    `lib${rule}/b/c${at}.js`,
    `x/y${at}.bin${rule}`,
    `assets${rule}/d${at}.png`,
    `tools${rule}/e/f${at}.sh`,
  ][rule % 5];
}

const CHANGES = Array.from({ length: 1000 }, (_, at) => ({ path: pathOf(at), size: 500_000 + at, mode: '100644' }));
const GRANT = { id: 'A', action: 'part-5', target: REF, approvers: ['user:alice', 'user:carol'] };

const INPUT = completeInput({
  groups: { leads: LEADS },
  grants: [GRANT],
  updates: [
    {
      ref: REF,
      commits: Array.from({ length: 10 }, (_, at) => ({
        id: String(at).padStart(40, '0'),
        signer: null,
        changes: CHANGES.slice(at * 100, at * 100 + 100),
      })),
    },
  ],
});

const TYPE = { principal: 'User', action: 'Action', resource: 'Path' };

/** Cedar's questions, made before: what is measured is the answering. */
const QUESTIONS = CHANGES.map(({ path, size, mode }) => ({
  principal: { type: TYPE.principal, id: 'user:alice' },
  action: { type: TYPE.action, id: 'change' },
  resource: { type: TYPE.resource, id: path },
  context: { path, size, mode, ref: 'main', signed: false, granted: ['part-5'] },
  preparsedPolicySetId: 'bench',
  entities: [],
}));

const fileOf = (text) => [{ path: 'law.rgs', bytes: new TextEncoder().encode(text) }];

/** 40 rules on 1,000 paths: how often a second the questions of the push are answered. */
export async function policyRow({ runs = 9 } = {}) {
  // Loaded here, so that other rows do not need it.
  const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
  const text = policies();
  const { program, codeRoot, sources } = readSources(fileOf(text.ours));
  const machine = preparePolicy(program, { codeRoot, sources });
  const parsed = cedar.preparsePolicySet('bench', { staticPolicies: text.cedar });
  if (parsed.type !== 'success') throw new Error(`Cedar refuses the rules: ${JSON.stringify(parsed)}`);

  const refused = { ours: [], cedar: [] };
  const ours = () => {
    const decision = machine.evaluate(INPUT);
    if (decision.errors.length > 0) throw new Error(decision.errors[0].message);
    refused.ours = decision.fired.map(({ message }) => message).sort();
  };
  const theirs = () => {
    refused.cedar = [];
    for (const question of QUESTIONS) {
      const answer = cedar.statefulIsAuthorized(question);
      if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0)
        throw new Error(`Cedar errs: ${JSON.stringify(answer)}`);
      if (answer.response.decision === 'deny') refused.cedar.push(question.resource.id);
    }
    refused.cedar.sort();
  };
  const {
    ours: mine,
    limit,
    ratio,
  } = await paired({
    ours: () => seconds(ours),
    limit: () => seconds(theirs),
    runs,
    warmup: 5,
  });
  if (refused.ours.length !== 19 || !isDeepStrictEqual(refused.ours, refused.cedar))
    throw new Error(`they do not agree: ${refused.ours.length} and ${refused.cedar.length} refused`);
  return {
    name: '40 rules on a push of 1,000 paths',
    ours: `${milliseconds(mine)}, ${perSecond(QUESTIONS.length, mine)}`,
    limit: `Cedar ${cedar.getCedarVersion()} ${milliseconds(limit)}, ${perSecond(QUESTIONS.length, limit)}`,
    ratio,
    target: 1,
    met: ratio >= 1,
  };
}

/** Sources to bytes, and sources to law in a repository on disk. */
export async function policyAdopt({ runs = 9 } = {}) {
  const { ours: text } = policies();
  const compile = [];
  for (let i = -3; i < runs; i++) {
    const time = await seconds(() => readSources(fileOf(text)));
    if (i >= 0) compile.push(time);
  }
  const adopt = await inFolder(async (folder) => {
    const { ports, author, close } = await openLab(folder);
    const times = [];
    for (let i = 0; i < runs; i++) {
      // Another law each time: the same one twice is refused.
      const files = fileOf(`${text}# ${i}\n`);
      times.push(
        await seconds(async () => {
          const { bytes } = await proposeAdoption(ports, { ...author, files });
          await applyAdoption(ports, bytes);
        }),
      );
    }
    await close();
    return times;
  });
  const report = (name, times) => ({
    name,
    ours: milliseconds(median(times)),
    limit: 'itself',
    ratio: null,
    target: 'report',
    met: null,
  });
  return [report('compile 40 rules', compile), report('compile, sign and adopt 40 rules', adopt)];
}
