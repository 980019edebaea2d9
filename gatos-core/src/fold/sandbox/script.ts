/** The script of a fold: the instrumented module, its gas counter, and the steps that the host calls. */
import type { Entry } from './exports.js';
import { instrument, METER } from './instrument.js';
import type { Parsed } from './syntax.js';

/** Name that traces show for the module; its lines keep their numbers. */
export const MODULE_NAME = 'fold.mjs';

/** What `step` answers instead of the gas that was used. */
export const THREW = -1;
export const NO_STATE = -2;

/**
 * A script that evaluates to a function of the prelude's tools and the host function that ends the run; that one runs the module
 * and gives the steps. The counter is a variable that no code of the fold can name.
 */
export function foldScript(parsed: Parsed, gas: number, entry: Entry = 'fold'): string {
  const { text, fold, hasAccessors } = instrument(parsed, entry);
  const head =
    `(function(__gatos_t,${METER.stop}){"use strict";` +
    `var ${METER.gas}=${gas},${METER.spread}=__gatos_t.spread,${METER.listed}=__gatos_t.listed,${METER.rest}=__gatos_t.rest;` +
    `__gatos_t.meter(function(n){if((${METER.gas}-=n)<0)${METER.stop}()});${hasAccessors ? '__gatos_t.hasAccessors();' : ''}` +
    'var __gatos_f=(function(){';
  return `${head}${text}\n;return ${fold}})();${steps(gas, entry)}})`;
}

/** What the entry is called with; a script that runs once has its input where a fold has its state, and no event. */
const CALL: Record<Entry, string> = {
  fold: '__gatos_f(__gatos_state, { ulid: ulid, type: row[1], payload: row[3], key: key === null ? ulid : key, actor: __gatos_actor, time: __gatos_time })',
  run: '__gatos_f(__gatos_state)',
};

function steps(gas: number, entry: Entry): string {
  return `
if (typeof __gatos_f !== 'function') throw new TypeError('${entry} is not a function');
var __gatos_state, __gatos_actor, __gatos_time, __gatos_thrown;
return {
  load: function (state) { __gatos_state = state; },
  group: function (group) { __gatos_actor = group[0]; __gatos_time = group[1]; },
  step: function (row) {
    var ulid = row[0], key = row[2], next;
    ${METER.gas} = ${gas};
    try {
      next = ${CALL[entry]};
    } catch (error) {
      __gatos_thrown = error;
      return ${THREW};
    }
    if (typeof next !== 'object' || next === null) {
      __gatos_thrown = next;
      return ${NO_STATE};
    }
    __gatos_state = next;
    return ${gas} - ${METER.gas};
  },
  check: function () { ${METER.gas} = -1; return __gatos_t.check(__gatos_state); },
  state: function () { return __gatos_state; },
  thrown: function () { return __gatos_thrown; },
  describe: function () { return __gatos_t.describe(__gatos_thrown); },
};
`;
}
