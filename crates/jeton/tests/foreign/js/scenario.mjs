// What every scenario begins with: its setting from standard input, and steps that are named when they fail. A scenario ends at the
// first difference with exit code 1 and says which step it was, what was wanted and what came.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** The setting: `issuer`, `person`, `api`, `redirect_uri`, `clients` by name (RFC 7591 answers), `keys` by name (private JWKs). */
export const setting = JSON.parse(readFileSync(0, 'utf8'));

/** Whether what is asked is one of the differences that the oracle is known to have. */
export function differs(what) {
  return (setting.differences ?? []).includes(what);
}

/** Runs one step and says that it was done, or ends everything. */
export async function step(name, run) {
  try {
    const given = await run();
    console.log(`ok ${name}`);
    return given;
  } catch (fault) {
    console.error(`not ok ${name}\n${describe(fault)}`);
    process.exit(1);
  }
}

function describe(fault) {
  const parts = [fault?.stack ?? String(fault)];
  for (const key of ['code', 'error', 'error_description', 'status', 'parameters']) {
    if (fault?.[key] !== undefined) parts.push(`${key}: ${fault[key]}`);
  }
  if (fault?.cause !== undefined) parts.push(`cause: ${inspect(fault.cause)}`);
  return parts.join('\n');
}

/** Runs what must be refused with this OAuth error (or one of these), and gives the fault. */
export async function refused(errors, run) {
  const wanted = [errors].flat();
  let given;
  try {
    given = await run();
  } catch (fault) {
    const told = fault.error ?? fault.cause?.error ?? fault.cause?.get?.('error') ?? fault.code;
    assert.ok(wanted.includes(told), `refused with ${told}, wanted ${wanted}: ${describe(fault)}`);
    return fault;
  }
  assert.fail(`not refused (wanted ${wanted}): ${JSON.stringify(given)}`);
}

/** Waits as long as the protocol says. */
export function seconds(count) {
  return new Promise((done) => {
    setTimeout(done, count * 1000);
  });
}

export { assert };
