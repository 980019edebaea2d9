/** Heads: `deny`, `warn`, and `require`, which denies what `for` finds and `that` does not hold for. */
import type { HeadItem, Template } from '../language/index.js';
import { Build, type ExprPlan } from './build.js';
import { placeOf, type Site } from './bundle.js';
import type { Expr, Head, Step } from './ir.js';
import { checkSlots, needing } from './lower-rule.js';
import { resolveBody } from './resolve-body.js';
import { resolveExpr } from './resolve-expr.js';
import { Frame } from './scope.js';
import { reportUnsafe, warnUnused } from './unsafe.js';

type TemplatePlan = readonly (string | ExprPlan)[];

export function lowerHead(site: Site, item: HeadItem): Head {
  const frame = new Frame(null);
  const when = resolveBody(site, frame, item.when);
  const that = item.that === null ? null : new Frame(frame);
  const required = item.that === null || that === null ? null : resolveBody(site, that, item.that);
  that?.close('not');
  const [message, hint] = [item.message, item.hint].map((template) => resolveTemplate(site, frame, template));
  const place = placeOf(site, item.span);
  const build = new Build((pending, b) => reportUnsafe(site, frame, { pending, build: b }));
  const shown = [...(message ?? []), ...(hint ?? [])].filter((part) => typeof part !== 'string');
  const steps: Step[] = build.order([...when.literals, needing(shown)]);
  const key = keyOf(build, { frame, message: message ?? null });
  if (key.all) for (const child of frame.children) warnUnused(site, child);
  else warnUnused(site, frame);
  if (required !== null && item.that !== null) {
    build.order([{ missing: (b) => b.missing(required.frame.outer), emit: () => [] }]);
    steps.push({ op: 'not', body: build.fork().order(required.literals), place: placeOf(site, item.that.span) });
  }
  checkSlots(site, build, item.when);
  return {
    id: item.id.text,
    effect: item.effect === 'warn' ? 'warn' : 'deny',
    form: item.effect,
    message: buildTemplate(build, message ?? null) ?? [],
    hint: buildTemplate(build, hint ?? null),
    because: item.because?.text ?? null,
    key: key.slots,
    body: steps,
    slots: build.names.length,
    names: build.names,
    place,
  };
}

function resolveTemplate(site: Site, frame: Frame, template: Template | null): TemplatePlan | null {
  if (template === null) return null;
  return template.parts.map((part) => (typeof part === 'string' ? part : resolveExpr(site, frame, part)));
}

function buildTemplate(build: Build, plan: TemplatePlan | null): readonly (string | Expr)[] | null {
  return plan?.map((part) => (typeof part === 'string' ? part : part.build(build))) ?? null;
}

/** Slots of the variables of the message; where it has none, all of the body that are not called `_something`. */
function keyOf(
  build: Build,
  { frame, message }: { frame: Frame; message: TemplatePlan | null },
): { slots: readonly number[]; all: boolean } {
  const shown = (message ?? []).flatMap((part) => (typeof part === 'string' ? [] : [...part.uses]));
  const all = shown.length === 0;
  const variables = all
    ? [...frame.variables.values()].filter((each) => build.bound.has(each) && !each.name.startsWith('_'))
    : shown;
  const slots = new Set(variables.map((variable) => build.slotOf(variable)));
  return { slots: [...slots].sort((a, b) => a - b), all };
}
