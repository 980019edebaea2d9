/** The record of an adopted policy (design 2.6). Its envelope's CID is `policy_root`, the digest of its compiled form `policy_code_root`. */
import { ATTACHMENTS, defineKind } from '../chain/index.js';
import { formatDigest, type Infer, type Schema, s } from '../codec/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import { policyError } from './errors.js';
import { CODE_PATH, pathSetFault, SOURCE_FOLDER, sourcePathFault } from './files.js';

export const POLICY_CHAIN = 'policies/active';

/** The version of the policy language that this program knows: grammar, meaning and compiled form. */
export const POLICY_LANGUAGE = 1;

const PATH = s.refine(s.text({ maxBytes: LIMITS.attachmentPathBytes }), (path) => sourcePathFault(path) ?? undefined);
const PATHS = s.list(PATH, { max: LIMITS.policyModules });
/** Several lines at most: tabs and line feeds are all that controls. */
const NOTE = s.text({
  maxBytes: LIMITS.policyNoteBytes,
  pattern: /^[^\p{Cc}\u2028\u2029]*(?:[\t\n][^\p{Cc}\u2028\u2029]*)*$/u,
  form: 'text without control characters but line feeds and tabs',
});

const SHAPE = s.struct({
  language: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** Files of rules and of their tests, sorted. */
  modules: PATHS,
  /** Decisions in Markdown, with rules or without, sorted. */
  adrs: PATHS,
  policy_code_root: s.bytes({ length: 32 }),
  /** Why, in the words of whoever proposed it. */
  note: NOTE,
  attachments: ATTACHMENTS,
});
export type AdoptedBundle = Infer<typeof SHAPE>;

/** One bundle is one record: everything that is listed is listed once, in one order. */
function listFault({ modules, adrs, attachments }: AdoptedBundle): string | undefined {
  const wrong = modules.find((path) => !path.endsWith('.rgs')) ?? adrs.find((path) => !path.endsWith('.md'));
  if (wrong !== undefined) return `lists \`${wrong}\` in the wrong place`;
  const paths = [...modules, ...adrs].sort(compareText);
  if (paths.length > LIMITS.policyModules) return `lists more than ${LIMITS.policyModules} files`;
  const together = pathSetFault(paths);
  if (together !== null) return `lists files that cannot be together: ${together}`;
  if (!isSorted(modules) || !isSorted(adrs)) return 'lists files out of order';
  const want = [CODE_PATH, ...paths.map((path) => SOURCE_FOLDER + path)];
  const same = attachments.length === want.length && want.every((path, i) => attachments[i]?.path === path);
  return same ? undefined : 'has other attachments than the files that it lists';
}

function isSorted(paths: readonly string[]): boolean {
  return paths.every((path, i) => i === 0 || compareText(paths[i - 1] ?? '', path) < 0);
}

const BODY = s.refine(SHAPE, listFault);

/** Reading throws `policy/newer-language` for one that a later version may have a shape for. */
const BUNDLE: Schema<AdoptedBundle> = {
  shape: BODY.shape,
  find: BODY.find,
  read: (value, path) => {
    const language = languageOf(value);
    if (language > POLICY_LANGUAGE && BODY.find(value) !== undefined)
      throw policyError('newer-language', { language, known: POLICY_LANGUAGE });
    return BODY.read(value, path);
  },
};

function languageOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('language' in value)) return 0;
  return typeof value.language === 'number' && Number.isSafeInteger(value.language) ? value.language : 0;
}

const counted = (n: number, one: string, many: string): readonly string[] =>
  n === 0 ? [] : [`${n} ${n === 1 ? one : many}`];

export const BUNDLE_KIND = defineKind<AdoptedBundle>({
  kind: 'policy.bundle',
  schema: BUNDLE,
  describe: ({ modules, adrs, policy_code_root }) => {
    const parts = [...counted(modules.length, 'module', 'modules'), ...counted(adrs.length, 'decision', 'decisions')];
    return {
      title: `policy: adopt ${parts.length === 0 ? 'none' : parts.join(' and ')}`,
      trailers: [['Policy-Code-Root', formatDigest(policy_code_root)]],
    };
  },
  attachments: ({ attachments }) => attachments,
});
