import { expect } from 'chai';
import { check, warning } from '../../../src/doctor/check.js';
import { hostProblem } from '../../../src/doctor/finding.js';
import { fact, instead, Look } from '../../../src/doctor/look.js';
import { hostLayout } from '../../../src/host/layout.js';

const look = (...replacements: ConstructorParameters<typeof Look>[2] & object) =>
  new Look(hostLayout(), new AbortController().signal, replacements);

/** A fact that counts how often it is gathered. */
const counted = () => {
  const calls = { count: 0 };
  const number = fact(() => {
    calls.count += 1;
    return calls.count;
  });
  return { calls, number };
};

describe('a look at a host', () => {
  it('gathers a fact once for all checks that need it', async () => {
    const { calls, number } = counted();
    const doubled = fact(async (one) => 2 * (await one.at(number)));
    const seen = look();
    const [first, second, twice] = await Promise.all([seen.at(number), seen.at(number), seen.at(doubled)]);
    expect([first, second, twice, calls.count]).to.deep.equal([1, 1, 2, 1]);
  });

  it('gathers a fact only if a check asks for it, and gathers it again in the next look', async () => {
    const { calls, number } = counted();
    expect(calls.count).to.equal(0);
    expect(await look().at(number)).to.equal(1);
    expect(await look().at(number)).to.equal(2);
  });

  it('uses a given replacement of a fact, also for facts that depend on it', async () => {
    const { calls, number } = counted();
    const doubled = fact(async (one) => 2 * (await one.at(number)));
    expect(await look(instead(number, () => 21)).at(doubled)).to.equal(42);
    expect(calls.count).to.equal(0);
  });

  it('passes a failure on to every check that needs the fact', async () => {
    const broken = fact((): number => {
      throw new Error('the disk is on fire');
    });
    const seen = look();
    for (const attempt of [1, 2]) {
      const failure = await seen.at(broken).catch((error: unknown) => error);
      expect(failure, `attempt ${attempt}`).to.be.an('error').with.property('message', 'the disk is on fire');
    }
  });
});

describe('a check', () => {
  const { number } = counted();
  const odd = check({
    findings: { odd: warning('Even numbers are nicer.') },
    look: { number },
    judge: ({ number }) => (number % 2 === 1 ? [hostProblem('odd', `${number} is odd.`, {})] : []),
  });

  it('judges the facts that it declares, and adds the severity and the reason to its findings', async () => {
    const seen = look(instead(number, () => 3));
    expect(await odd.examine(seen)).to.deep.equal(odd.judge({ number: 3 }));
    expect(odd.judge({ number: 3 })[0]).to.include({
      id: 'odd',
      severity: 'warning',
      what: '3 is odd.',
      why: 'Even numbers are nicer.',
    });
    expect(odd.judge({ number: 4 })).to.deep.equal([]);
  });
});
